import Wharf

let store = try await EmbeddedStore(directory: "./data")
let anna = Principal("anna")
let capsule = try await store.uploads.createCapsule(title: "Wedding", by: anna)

let photo: [UInt8] = Array(repeating: 7, count: 20_000_000)
let request = BeginRequest(capsule: capsule.id, asset: AssetMetadata(name: "kiss.jpg"), length: 20_000_000)
let upload = try await store.uploads.beginUpload(request, by: anna).record
for index in 0..<3 {  // in any order, in parallel, as often as it takes: chunks of 8 MiB
    let start = index * 8 << 20
    let chunk = photo[start..<min(start + 8 << 20, photo.count)]
    try await store.uploads.putChunk(upload.id, index: UInt64(index), chunk, by: anna)
}
let committed = try await store.uploads.commit(upload.id, digest: Digest(of: photo), by: anna)

var count = 0
for try await bytes in try await store.uploads.read(committed, by: anna) { count += bytes.count }
print("upload \(committed.id) has \(count) bytes")
await store.close()
