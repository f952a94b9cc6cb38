import Glibc
import ImagingPool
import ImagingWire
import Testing
import UploadCore
import UploadDerivation

/// Damaged and malicious videos end with a poster or with a reason; no worker is lost, and no other file is opened.
@Suite(.enabled("scripts/test-videos makes them") { Videos.arePresent })
struct HostileVideoTests {
    private static let limits = testLimits(workers: 2) {
        $0.computeSeconds = 5
        $0.memoryBytes = 1 << 30
    }

    static let names = [
        "h264.mp4", "hevc.mov", "vp8.webm", "vp9.webm", "av1.mp4", "attachments.mkv", "mjpeg.avi", "mpeg4.avi",
        "mpeg2.ts", "h264.mts", "mpeg2.mpg", "prores.mov", "h263.3gp", "fragmented.mp4",
    ]

    /// Thousands with `VIDEO_ROUNDS`.
    private static let rounds = getenv("VIDEO_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 24

    @Test(arguments: names)
    func `videos with random damage are derived or refused, and no worker is lost`(name: String) async throws {
        let sound = try Videos.bytes(name)
        var random = Numbers(seed: UInt64(name.utf8.count))
        let damaged = (0..<Self.rounds).map { round in
            var bytes = sound
            // Half of the damage is in the first and the last kilobyte, where the structure is.
            for _ in 0..<(1 + round % 12) {
                let reach = round % 2 == 0 ? bytes.count : min(1024, bytes.count)
                let place = Int(random.next() % UInt64(reach))
                let index = round % 4 == 1 ? bytes.count - 1 - place : place
                bytes[index] =
                    round % 3 == 0 ? bytes[index] ^ 1 << (random.next() % 8) : UInt8(truncatingIfNeeded: random.next())
            }
            return round % 8 == 7 ? Array(bytes.prefix(Int(random.next() % UInt64(bytes.count)))) : bytes
        }
        try await withPool(video: Videos.worker, limits: Self.limits) { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (round, bytes) in damaged.enumerated() {
                    group.addTask {
                        do throws(DerivationFailure) {
                            _ = try await pool.derive(bytes)
                        } catch {
                            #expect(error.cause != .unavailable, "round \(round): \(error.reason)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let workers = pool.processIds
            _ = try await pool.derive(sound)
            #expect(pool.processIds.allSatisfy { workers.contains($0) })
        }
    }

    @Test(arguments: [
        "ffconcat version 1.0\nfile /etc/passwd\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n",
        "<?xml version=\"1.0\"?><MPD><Period><BaseURL>file:///etc/passwd</BaseURL></Period></MPD>",
        "[InternetShortcut]\nURL=file:///etc/passwd\n", "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 1 RTP/AVP 96\n",
    ])
    func `a list of other files is no video`(text: String) async throws {
        try await withPool(video: Videos.worker, limits: Self.limits) { pool in
            let failure = await pool.failure(deriving: Array(text.utf8))
            #expect(failure == DerivationFailure(.file, "the file is not a picture or video of a supported format"))
        }
    }

    @Test func `an edit list of a million entries costs no time`() async throws {
        let movie = MovieBytes(try Videos.bytes("h264.mp4"))
        let bytes = try movie.withEdits(1_000_000)
        let video = try await withPool(video: Videos.worker, limits: Self.limits) { try await $0.derive(bytes) }
        try DecodedWebP(video.display).expect(PictureTests.upright)
    }
}
