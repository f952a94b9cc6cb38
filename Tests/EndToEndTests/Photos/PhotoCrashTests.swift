import NativeWire
import Testing
import UploadClient
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit

/// Photos whose server is killed repeatedly.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PhotoCrashTests {
    private static let count = 100
    private static let kills = 3

    @Test func `a hundred photos become a hundred memories of four assets, however often the server is killed`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let data = directory.path + "/data"
        let port = try stablePort()
        var digests: Set<String> = []
        for number in 0..<Self.count {
            let picture = PlainPicture(width: 160, height: 120, seed: UInt64(number)).png
            digests.insert(Digest(of: picture).hex)
            try TestFiles.write(picture, to: directory.path + "/\(number).png")
        }
        var server = try await ServerBinary.start(data: data, port: port)
        let memories = try await withClient(port: port) { client in
            let uploads = Task {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<Self.count {
                        group.addTask {
                            let options = PutOptions(type: "image/png", derive: "photo")
                            let path = directory.path + "/\(number).png"
                            _ = try await client.put(.file(path: path), options: options)
                        }
                    }
                    try await group.waitForAll()
                }
            }
            for round in 1...Self.kills {
                // Each kill waits for further memories.
                _ = try await client.memories { $0.count >= round * Self.count / (Self.kills + 2) }
                await server.kill()
                server = try await ServerBinary.start(data: data, port: port)
            }
            try await uploads.value
            return try await client.memories { $0.count >= Self.count }
        }
        #expect(memories.count == Self.count)
        #expect(memories.allSatisfy { $0.state == .complete && $0.assets.count == 4 })
        #expect(Set(memories.compactMap { $0.assets.first?.sha256 }) == digests)
        #expect(Set(memories.map(\.title)).count == Self.count)
        // Nothing was derived twice: each photo has an original, a display and a thumb.
        let blobs = Set(memories.flatMap(\.assets).compactMap(\.blob))
        #expect(blobs.count == 3 * Self.count)
        try await withClient(port: port) { client in
            #expect(try await client.derivations(state: .pending).derivations.isEmpty)
            let committed = try await client.uploads(state: .committed, limit: 1000).sessions
            #expect(committed.count == 3 * Self.count)
        }
        try await server.stop()
        try await Wharf.run(["check", "--data", data])
    }
}
