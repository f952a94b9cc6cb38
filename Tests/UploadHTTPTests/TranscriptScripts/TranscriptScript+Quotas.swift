import NativeWire
import UploadCore

extension TranscriptScript {
    static let quotas = TranscriptScript(
        "quotas", "Quotas, and what callers use",
        change: { settings in
            settings.limits.quotaBytes = 100
            settings.limits.quotaOverrides = [Principal("carla"): 0]
            settings.limits.pageMax = 2
        },
        run: { talk in
            talk.about("An owner's quota, of which a declared length takes its part at once")
            let shared = try await talk.makeCapsule(title: "Shared")
            try await talk.call("PUT", "/v1/capsules/\(shared)/members/ben", json: #"{"role":"writer"}"#)
            let first = try await talk.begin(#"{"name":"first","length":60}"#)
            try await talk.call("POST", "/v1/uploads", json: #"{"name":"second","length":41}"#)
            try await talk.call("POST", "/v1/uploads", json: #"{"name":"third","length":101}"#)
            let bytes = String(repeating: "x", count: 41).bytes
            try await talk.call("POST", "/v1/blobs?name=whole", bytes: bytes)
            try await talk.call("GET", "/v1/upload-config", show: TranscriptScript.usage)

            talk.about("A member, who is told no figures of the owner")
            try await talk.call(
                "POST", "/v1/uploads", by: "ben", json: #"{"name":"guest","length":41,"capsule":"\#(shared)"}"#)
            try await talk.call("GET", "/v1/upload-config", by: "ben", show: TranscriptScript.usage)

            talk.about("An upload of unknown length, which counts as it grows")
            let unsized = try await talk.begin(#"{"name":"unsized","chunk_size":30}"#)
            let chunk = String(repeating: "y", count: 30).bytes
            try await talk.call("PUT", "/v1/uploads/\(unsized)/chunks/0", bytes: chunk)
            try await talk.call("PUT", "/v1/uploads/\(unsized)/chunks/1", bytes: chunk)
            try await talk.call("DELETE", "/v1/uploads/\(first)")
            try await talk.call("PUT", "/v1/uploads/\(unsized)/chunks/1", bytes: chunk)

            talk.about("The owner sees everybody's uploads, and ends those of a member that was removed")
            let guest = try await talk.begin(#"{"name":"guest","length":1,"capsule":"\#(shared)"}"#, by: "ben")
            try await talk.call("DELETE", "/v1/capsules/\(shared)/members/ben")
            try await talk.call("PUT", "/v1/uploads/\(guest)/chunks/0", by: "ben", bytes: "x".bytes)
            try await talk.call("GET", "/v1/uploads/\(guest)", by: "ben")
            try await talk.call("GET", "/v1/uploads?capsule=\(shared)&of=all")
            try await talk.call("GET", "/v1/uploads?capsule=\(shared)&of=ben")
            try await talk.call("DELETE", "/v1/uploads/\(guest)")
            try await talk.call("GET", "/v1/uploads?capsule=\(shared)&of=all&state=pending")

            talk.about("Without a quota")
            try await talk.call("POST", "/v1/uploads", by: "carla", json: #"{"name":"large","length":1000000}"#)
            try await talk.call("GET", "/v1/upload-config", by: "carla", show: TranscriptScript.usage)
            try await talk.call("GET", "/v1/upload-config", by: nil, show: TranscriptScript.usage)

            talk.about("What everybody uses, for operators, a page at a time")
            let page = try await talk.call("GET", "/v1/usage", by: "olga")
            try await talk.call("GET", "/v1/usage?cursor=\(page.json?["next"]?.text ?? "")", by: "olga")
            try await talk.call("GET", "/v1/usage?limit=none", by: "olga")
            try await talk.call("GET", "/v1/usage")
            try await talk.call("GET", "/v1/usage", by: nil)
        })

    /// Of the settings, what the caller uses.
    private static func usage(_ response: ClientResponse) -> String {
        guard let usage = (try? response.document(UploadConfigDocument.self))?.usage,
            let bytes = try? NativeJSON.encode(usage)
        else { return "‹no usage›" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
