import Glibc
import HTTPTestKit
import NativeWire
import SessionCore
import Testing
import UploadClient
import UploadCore
import UploadTestKit

private enum TestVideos {
    static let folder = getenv("VIDEOS").map { String(cString: $0) } ?? ".build-results/videos"
    /// Whether there are videos, and a worker for them.
    static let arePresent =
        access(folder + "/complete", R_OK) == 0 && access(Wharf.directory + "/wharf-imaging-video", X_OK) == 0
}

/// Videos that become memories, through the executables.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled("scripts/test-videos makes them") { TestVideos.arePresent })
struct VideoMemoryTests {
    /// Uploads the video as bytes of no stated type.
    private func withMemory(
        of name: String, flags: [String] = [], _ body: @escaping @Sendable (MemoryDocument) -> Void
    ) async throws {
        try await CommandFixture.run(flags: flags) { fixture in
            try await withClient(port: fixture.server.port) { client in
                let options = PutOptions(type: "application/octet-stream", derive: "photo")
                let upload = try await client.put(.file(path: TestVideos.folder + "/" + name), options: options)
                body(try await client.memory(try await client.derivedMemory(of: upload.upload)))
            }
        }
    }

    @Test func `a video becomes a memory with a poster, its size, its date and its type`() async throws {
        try await withMemory(of: "turned.mov") { memory in
            #expect(memory.state == .complete && memory.reason == nil)
            #expect(memory.assets.map(\.kind) == ["original", "display", "thumb", "placeholder"])
            #expect(memory.assets.map(\.width) == [240, 240, 240, 24])
            #expect(memory.assets.map(\.height) == [320, 320, 320, 32])
            #expect(memory.assets.map(\.type) == ["video/quicktime", "image/webp", "image/webp", "image/webp"])
            #expect(memory.takenAt?.text == "2024-05-01T12:30:45.000Z" && memory.takenAtZone == "+02:00")
        }
    }

    @Test(arguments: [
        ("turned.mov", "imaging-video=off", "the file is a video (QuickTime); posters of videos are off here"),
        ("sound.mp4", "imaging-video=auto", "the MP4 file contains no video"),
    ])
    func `a video without a poster keeps its original, and states why`(
        name: String, setting: String, reason: String
    ) async throws {
        try await withMemory(of: name, flags: ["--set", setting]) { memory in
            #expect(memory.state == .originalOnly && memory.reason == reason)
            #expect(memory.assets.map(\.kind) == ["original"])
            #expect(memory.assets.first?.type.hasPrefix("video/") == true)
            if name == "turned.mov" { #expect(memory.takenAt?.text == "2024-05-01T12:30:45.000Z") }
        }
    }
}
