import ImagingPool
import ImagingWire
import Testing
import UploadCore
import UploadDerivation

@testable import Imaging

/// Every file ends with a stated error of cause `file`: the worker survives, within two seconds of CPU time and the
/// smallest valid memory limit.
@Suite struct HostileFileTests {
    private static let limits = testLimits {
        $0.computeSeconds = 2
        $0.memoryBytes = 1 << 30
        $0.wholePixelsMax = 100_000_000
    }

    private func expectRefusal(
        _ bytes: [UInt8], _ reason: String, _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await withPool(limits: Self.limits) { pool in
            let failure = await pool.failure(deriving: bytes, sourceLocation: sourceLocation)
            #expect(failure?.cause == .file, comment, sourceLocation: sourceLocation)
            #expect(
                failure?.reason.contains(reason) == true, "\(failure?.reason ?? "")", sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [
        (HostileFiles.png(width: 30_000, height: 30_000), "900 megapixels; the limit is 250"),
        (HostileFiles.png(width: 30_000, height: 30_000, bitDepth: 1), "900 megapixels; the limit is 250"),
        (HostileFiles.png(width: 15_000, height: 15_000, isInterlaced: true), "225 megapixels; the limit is 100"),
        (HostileFiles.jpeg(width: 65_500, height: 65_500), "4290.3 megapixels; the limit is 250"),
        (HostileFiles.jpeg(width: 15_000, height: 15_000, start: 0xc2), "225 megapixels; the limit is 100"),
        (HostileFiles.gif(canvas: 65_535, frame: 65_535), "4294.9 megapixels; the limit is 50"),
        (HostileFiles.gif(canvas: 1, frame: 65_535), "4294.9 megapixels; the limit is 50"),
        (HostileFiles.webP(edge: 12_000), "144 megapixels; the limit is 100"),
        (HostileFiles.tiff(edge: 60_000), "3600 megapixels; the limit is 250"),
    ])
    func `pictures that are too large are refused by their header`(bytes: [UInt8], reason: String) async throws {
        try await expectRefusal(bytes, reason)
    }

    @Test func `formats decoded line by line may have more pixels`() async throws {
        let limits = testLimits { $0.wholePixelsMax = 100_000 }
        try await withPool(limits: limits) { pool in
            for saver in ["jpegsave_buffer", "pngsave_buffer"] {
                _ = try await pool.derive(Chart.picture().saved(saver))
                let failure = await pool.failure(deriving: try Chart.picture().saved(saver, [("interlace", "true")]))
                #expect(failure?.reason == "the picture has 0.2 megapixels; the limit is 0.1")
            }
        }
    }

    @Test func `a JPEG of thousands of scans is refused before it is decoded`() async throws {
        let bytes = HostileFiles.jpeg(width: 6000, height: 6000, start: 0xc2, scans: 20_000)
        try await expectRefusal(bytes, "more than 100 scans")
    }

    @Test func `a JPEG larger than its decoder supports is refused`() async throws {
        try await expectRefusal(HostileFiles.jpeg(width: 65_535, height: 65_535), "the decoder refuses the JPEG data")
    }

    @Test(arguments: ["hevc", "av1"])
    func `a HEIC or AVIF that states a size it does not have is refused`(compression: String) async throws {
        let sound = try Chart.picture().saved("heifsave_buffer", [("compression", compression)])
        try await withPool(limits: Self.limits) { pool in
            let failure = await pool.failure(deriving: HostileFiles.enlarged(sound, to: 60_000))
            #expect(failure?.cause == .file, "\(failure?.reason ?? "")")
        }
    }

    @Test func `a HEIC without its declared content is refused`() async throws {
        try await expectRefusal(HostileFiles.heif(), "HEIC")
    }

    @Test func `a file that is not a picture is refused whatever its name`() async throws {
        try await withPool(limits: Self.limits) { pool in
            for file in HostileFiles.otherFiles {
                let failure = await pool.failure(deriving: file.bytes)
                #expect(failure?.cause == .file, "\(file.name)")
                let problems: [PictureProblem] = [
                    .unknownFormat, .video(.mp4), .undecodable(.jpegXL), .incomplete(.jpeg2000),
                ]
                let reasons = problems + OtherKind.allCases.map { .otherKind($0) }
                #expect(reasons.map(\.description).contains(failure?.reason ?? ""), "\(file.name)")
            }
        }
    }

    @Test(
        arguments: [
            ("jpegsave_buffer", []), ("jpegsave_buffer", [("interlace", "true")]), ("pngsave_buffer", []),
            ("webpsave_buffer", []), ("tiffsave_buffer", []), ("heifsave_buffer", [("compression", "hevc")]),
            ("heifsave_buffer", [("compression", "av1")]),
        ] as [(String, [(String, String)])])
    func `a truncated picture is derived in part, and says so, or is refused as one that ends early`(
        saver: String, options: [(String, String)]
    ) async throws {
        let sound = try Chart.picture().saved(saver, options.map { (name: $0.0, value: $0.1) })
        try await withPool(limits: Self.limits) { pool in
            for part in [4, 2] {
                do throws(DerivationFailure) {
                    let photo = try await pool.derive(Array(sound.prefix(sound.count * (part - 1) / part)))
                    #expect(photo.note?.extent == .partial)
                    #expect(photo.width == 400 && photo.height == 300)
                } catch {
                    #expect(error.cause == .file && error.reason.contains("ends before anything"), "\(error.reason)")
                }
            }
        }
    }

    @Test func `a TIFF whose directories form a loop ends`() async throws {
        try await withPool(limits: Self.limits) { pool in
            let photo = try await pool.derive(HostileFiles.tiff(edge: 4, next: 8))
            #expect(photo.width == 4)
        }
    }

    @Test func `trailing HTML in a JPEG is ignored`() async throws {
        let picture = try Chart.picture().saved("jpegsave_buffer")
        let page = Array("<html><script>alert(1)</script>".utf8)
        try await withPool(limits: Self.limits) { pool in
            let photo = try await pool.derive(picture + page)
            #expect(photo.display == (try await pool.derive(picture)).display)
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6])
    func `files with random damage are derived or refused, and no worker is lost`(seed: UInt64) async throws {
        let (saver, options): (String, [(String, String)]) = [
            ("jpegsave_buffer", []), ("pngsave_buffer", []), ("webpsave_buffer", []), ("gifsave_buffer", []),
            ("tiffsave_buffer", []), ("heifsave_buffer", [("compression", "hevc")]),
        ][Int(seed) - 1]
        let sound = try Chart.picture(width: 96, height: 64).saved(saver, options.map { (name: $0.0, value: $0.1) })
        var random = Numbers(seed: seed)
        try await withPool(limits: Self.limits) { pool in
            try await pool.check()
            let worker = pool.processIds
            for round in 0..<40 {
                var bytes = sound
                for _ in 0..<(1 + round % 8) {
                    bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                }
                do throws(DerivationFailure) {
                    _ = try await pool.derive(bytes)
                } catch {
                    #expect(error.cause != .unavailable, "round \(round): \(error.reason)")
                }
            }
            #expect(pool.processIds == worker)
        }
    }
}
