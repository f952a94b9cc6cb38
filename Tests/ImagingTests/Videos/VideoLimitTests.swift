import Glibc
import ImagingPool
import ImagingWire
import Testing
import UploadCore
import UploadDerivation

@testable import Imaging

/// Videos that are refused, each with its reason, and the edges of the limits.
@Suite(.enabled("scripts/test-videos makes them") { Videos.arePresent })
struct VideoLimitTests {
    private func failure(
        of bytes: [UInt8], _ limits: ImagingLimits = testLimits(), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> DerivationFailure? {
        try await withPool(video: Videos.worker, limits: limits) {
            await $0.failure(deriving: bytes, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [
        ("sound.mp4", "the MP4 file contains no video"), ("cover.mp4", "the MP4 file contains no video"),
        ("other-coding.mkv", "the video in the Matroska file is of a coding that is not decoded"),
    ])
    func `a file without a video that is decoded says so`(name: String, reason: String) async throws {
        let failure = try await failure(of: Videos.bytes(name))
        #expect(failure?.cause == .file && failure?.reason == reason)
        #expect(failure?.mediaTypes.isEmpty == false)
    }

    @Test func `a video without its header ends early`() async throws {
        let movie = MovieBytes(try Videos.bytes("h264.mp4"))
        for end in [-10, 0, 4, 100] {
            let failure = try await failure(of: Array(movie.bytes.prefix(try movie.movieStart + end)))
            let reason =
                end == 0 || end == 4
                ? "the decoder refuses the MP4 data: they are invalid, or of a variant that it does not support"
                : "the MP4 file ends before anything of it can be shown"
            #expect(failure?.reason == reason, "\(end)")
        }
    }

    @Test func `a video whose frames end early has the poster of its start`() async throws {
        let sound = try Videos.bytes("mjpeg.avi")
        let bytes = Array(sound.prefix(sound.count / 2))
        let video = try await withPool(video: Videos.worker, limits: testLimits()) { try await $0.derive(bytes) }
        try DecodedWebP(video.display).expect(PictureTests.upright)
    }

    @Test func `a video may have as many pixels as the limit, and not one more`() async throws {
        let bytes = try Videos.bytes("h264.mp4")
        let enough = testLimits { $0.videoPixelsMax = 320 * 240 }
        _ = try await withPool(video: Videos.worker, limits: enough) { try await $0.derive(bytes) }
        let failure = try await failure(of: bytes, testLimits { $0.videoPixelsMax = 320 * 240 - 1 })
        #expect(failure?.reason == "the picture has 0.1 megapixels; the limit is 0.1")
    }

    @Test func `a video that states huge pictures is refused, and one that hides them, too`() async throws {
        let movie = MovieBytes(try Videos.bytes("h264.mp4"))
        let stated = try await failure(of: movie.sized(65_535, 65_535))
        #expect(stated?.reason == "the picture has 4294.9 megapixels; the limit is 36")
        let hidden = try await failure(
            of: MovieBytes(try Videos.bytes("untagged-large.mp4")).sized(16, 16), testLimits { $0.videoPixelsMax = 300 }
        )
        #expect(hidden?.cause == .file && hidden?.reason.contains("refuses the MP4 data") == true)
    }

    @Test func `no more bytes are read than the limit`() async throws {
        let movie = MovieBytes(try Videos.bytes("h264.mp4"))
        let limits = testLimits { $0.videoReadBytesMax = 1 << 20 }
        // Box after box, each of them read, before the movie.
        let boxes = (0..<200_000).flatMap { _ in bigEndian(UInt32(8)) + Array("free".utf8) }
        let bytes = movie.bytes.prefix(try movie.movieStart) + boxes + movie.bytes.dropFirst(try movie.movieStart)
        let failure = try await failure(of: Array(bytes), limits)
        #expect(failure?.cause == .file, "\(failure?.reason ?? "")")
        _ = try await withPool(video: Videos.worker, limits: testLimits()) { try await $0.derive(Array(bytes)) }
    }

    @Test func `no more frames are decoded than the limit`() async throws {
        let bytes = try Videos.bytes("late-without-key-frame.mp4")
        for (frames, isBlack) in [(5, true), (60, false)] as [(UInt32, Bool)] {
            let limits = testLimits { $0.videoFramesMax = frames }
            let video = try await withPool(video: Videos.worker, limits: limits) { try await $0.derive(bytes) }
            let corner = try DecodedWebP(video.display).colour(0.25, 0.25)
            #expect((corner.distance(to: Colour(0, 0, 0)) < 10) == isBlack, "\(frames) frames: \(corner)")
        }
    }

    // MARK: - Large files

    /// Ten times the limit of pictures, most of it a hole between the frames and the header.
    private static let size: UInt64 = 5 << 30

    @Test func `a video that is larger than a picture may be has a poster, from its file and from parts`() async throws
    {
        let movie = MovieBytes(try Videos.bytes("h264.mp4"))
        let start = try movie.movieStart
        let (front, back) = (Array(movie.bytes.prefix(start)), Array(movie.bytes.dropFirst(start)))
        let head = front + MovieBytes.free(Self.size - UInt64(movie.bytes.count))
        let file = try TestFile(head, tail: back, size: Self.size)
        defer { file.close() }
        let descriptor = file.descriptor
        let read: @Sendable (Range<UInt64>) async throws(UploadError) -> [UInt8] = { range in
            [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
                count = max(0, pread(descriptor, buffer.baseAddress, range.count, off_t(range.lowerBound)))
            }
        }
        try await withPool(video: Videos.worker, limits: testLimits()) { pool in
            for source in [
                PhotoSource(size: Self.size, file: file, read: read),
                PhotoSource(size: Self.size, file: nil, read: read),
            ] {
                let video = try await pool.derive(source)
                try DecodedWebP(video.display).expect(PictureTests.upright)
                #expect(video.takenAt?.text == VideoTests.date)
            }
        }
    }
}
