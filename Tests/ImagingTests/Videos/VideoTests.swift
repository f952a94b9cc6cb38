import ImagingPool
import ImagingWire
import Testing
import UploadCore
import UploadDerivation

/// Posters of videos in the formats that cameras and phones write: pixels, geometry and dates.
@Suite(.enabled("scripts/test-videos makes them") { Videos.arePresent })
struct VideoTests {
    struct Expected: CustomTestStringConvertible {
        let name: String
        var size: (width: UInt32, height: UInt32) = (320, 240)
        var type = "video/mp4"
        var takenAt: String?
        var tolerance = 10

        var testDescription: String { name }
    }

    static let date = "2024-05-01 12:30:45.000 +0"

    static let videos = [
        Expected(name: "h264.mp4", takenAt: date), Expected(name: "h264-main.mp4"), Expected(name: "fragmented.mp4"),
        Expected(name: "full-range.mp4"), Expected(name: "untagged-small.mp4"),
        Expected(name: "untagged-large.mp4", size: (1280, 960)),
        Expected(name: "wide-pixels.mp4", size: (427, 240)),
        Expected(name: "hevc.mov", type: "video/quicktime"),
        Expected(name: "vp8.webm", type: "video/webm", takenAt: date), Expected(name: "vp9.webm", type: "video/webm"),
        Expected(name: "av1.mp4"), Expected(name: "h264.mkv", type: "video/matroska", takenAt: date),
        Expected(name: "attachments.mkv", type: "video/matroska"),
        Expected(name: "mjpeg.avi", type: "video/vnd.avi"), Expected(name: "mpeg4.avi", type: "video/vnd.avi"),
        Expected(name: "mpeg2.ts", type: "video/mp2t"), Expected(name: "h264.mts", type: "video/mp2t"),
        Expected(name: "mpeg2.mpg", type: "video/mpeg"), Expected(name: "mpeg1.mpg", type: "video/mpeg"),
        Expected(name: "prores.mov", type: "video/quicktime"),
        // Its pixels are 12 by 11.
        Expected(name: "h263.3gp", size: (384, 288), tolerance: 14),
        Expected(name: "dv.avi", size: (768, 576), type: "video/vnd.avi"),
        Expected(name: "late.mp4"), Expected(name: "late-without-key-frame.mp4"),
    ]

    @Test(arguments: videos)
    func `a video has a poster in its colours, its size and its time`(expected: Expected) async throws {
        let video = try await Videos.derived(expected.name)
        #expect((video.width, video.height) == expected.size)
        #expect((video.display.width, video.display.height) == expected.size)
        #expect(video.takenAt?.text == expected.takenAt)
        #expect(video.mediaTypes.first == expected.type)
        #expect(video.note == nil)
        for rendition in [video.display, video.thumb] {
            try DecodedWebP(rendition).expect(PictureTests.upright, within: expected.tolerance)
            #expect(chunkNames(of: rendition.bytes) == ["VP8 "])
        }
    }

    @Test func `a turned video is upright, and its own date has the zone of its camera`() async throws {
        let video = try await Videos.derived("turned.mov")
        #expect((video.width, video.height) == (240, 320))
        #expect(video.takenAt?.text == "2024-05-01 14:30:45.000 +120")
        try DecodedWebP(video.display).expect([Chart.green, Chart.sand, Chart.red, Chart.blue])
    }

    /// The eight ways in which the matrix of a track can turn it, in the order of Exif.
    @Test(arguments: 1...8)
    func `every matrix turns as the orientation of Exif does`(orientation: Int) async throws {
        let (one, zero) = (Int32(65_536), Int32(0))
        let matrix: [Int32] = [
            [one, zero, zero, one], [-one, zero, zero, one], [-one, zero, zero, -one], [one, zero, zero, -one],
            [zero, one, one, zero], [zero, one, -one, zero], [zero, -one, -one, zero], [zero, -one, one, zero],
        ][orientation - 1]
        let bytes = try MovieBytes(Videos.bytes("h264.mp4")).turned(by: matrix)
        let video = try await withPool(video: Videos.worker, limits: testLimits()) { try await $0.derive(bytes) }
        #expect((video.width, video.height) == (orientation < 5 ? (320, 240) : (240, 320)))
        let (red, green, blue, sand) = (Chart.red, Chart.green, Chart.blue, Chart.sand)
        try DecodedWebP(video.display).expect(
            [
                [red, green, blue, sand], [green, red, sand, blue], [sand, blue, green, red], [blue, sand, red, green],
                [red, blue, green, sand], [blue, red, sand, green], [sand, green, blue, red], [green, sand, red, blue],
            ][orientation - 1])
    }

    /// The chart's values of sRGB are taken for those of the curves, and so come out in other colours; how they are
    /// ordered stays, and a note says what was done.
    @Test(arguments: ["smpte2084.mp4", "arib-std-b67.mp4"])
    func `a high dynamic range is mapped to that of screens`(name: String) async throws {
        let video = try await Videos.derived(name)
        #expect(video.note?.extent == .whole)
        #expect(video.note?.reason.contains("high dynamic range") == true)
        let picture = try DecodedWebP(video.display)
        let (red, green, blue) = (picture.colour(0.25, 0.25), picture.colour(0.75, 0.25), picture.colour(0.25, 0.75))
        #expect(red.red > red.green && red.red > red.blue)
        #expect(green.green > green.red && green.green > green.blue)
        #expect(blue.blue > blue.red && blue.blue > blue.green)
        #expect(picture.colour(0.75, 0.75).red > 240)
    }

    @Test func `without a worker for videos a video keeps its time and its type`() async throws {
        let bytes = try Videos.bytes("turned.mov")
        let failure = try await withPool(limits: testLimits()) { await $0.failure(deriving: bytes) }
        #expect(failure?.cause == .file)
        #expect(failure?.reason == "the file is a video (QuickTime); posters of videos are off here")
        #expect(failure?.takenAt?.text == "2024-05-01 14:30:45.000 +120")
        #expect(failure?.mediaTypes.first == "video/quicktime")
    }

    @Test func `a video keeps its time and its type if its worker does not start`() async throws {
        let bytes = try Videos.bytes("turned.mov")
        try await withPool(video: "/bin/true", limits: testLimits()) { pool in
            let failure = await pool.failure(deriving: bytes)
            #expect(failure?.cause == .unavailable && failure?.takenAt?.text == "2024-05-01 14:30:45.000 +120")
            #expect(failure?.mediaTypes.first == "video/quicktime")
            await #expect(throws: WorkerStartError.self) { try await pool.checkVideo() }
            // Pictures do not depend on it.
            try await pool.expectUsable()
        }
    }

    @Test(arguments: ["h264.mp4", "hevc.mov", "av1.mp4", "vp9.webm"])
    func `a video is decoded without executable memory, in every layer of the sandbox`(name: String) async throws {
        var limits = testLimits()
        limits.sandbox = .require
        let bytes = try Videos.bytes(name)
        try await withPool(video: Videos.worker, limits: limits) { pool in
            let layers = try await pool.checkVideo()
            guard layers?.isSuperset(of: SandboxPolicy.require.required) == true else { return }
            try DecodedWebP(try await pool.derive(bytes).display).expect(PictureTests.upright)
        }
    }

    @Test func `a black video has a black poster`() async throws {
        let video = try await Videos.derived("black.mp4")
        try DecodedWebP(video.display).expect(Array(repeating: Colour(0, 0, 0), count: 4))
    }

    @Test func `pictures and videos share the workers of a pool`() async throws {
        let (video, picture) = (try Videos.bytes("h264.mp4"), try Chart.picture().saved("jpegsave_buffer"))
        try await withPool(video: Videos.worker, limits: testLimits(workers: 2)) { pool in
            try await pool.checkVideo()
            try await withThrowingTaskGroup(of: PhotoDerivatives.self) { group in
                for index in 0..<20 { group.addTask { try await pool.derive(index % 2 == 0 ? video : picture) } }
                for try await photo in group { #expect([320, 400].contains(photo.width)) }
            }
            #expect(pool.processIds.count <= 4)
        }
    }
}
