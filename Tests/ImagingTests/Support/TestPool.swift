import Glibc
import ImagingPool
import ImagingWire
import Testing
import UploadCore
import UploadDerivation

/// Runs `body` with a pool of the worker that was built beside these tests, or of what starts it.
func withPool<Value>(
    starter: String? = nil, video: String? = nil, arguments: [String] = [], limits: ImagingLimits = ImagingLimits(),
    scratch: ScratchDirectory = ScratchDirectory(path: "/tmp", freeBytesMin: 0),
    sourceLocation: SourceLocation = #_sourceLocation, _ body: (ImagingPool) async throws -> Value
) async throws -> Value {
    let executable = try #require(
        starter ?? WorkerExecutable.find(path: nil), "not built", sourceLocation: sourceLocation)
    return try await WorkerTurns.run {
        let pool = try ImagingPool(
            executable: executable, video: video, arguments: arguments, limits: limits, scratch: scratch)
        do {
            let value = try await body(pool)
            await pool.close()
            return value
        } catch {
            await pool.close()
            throw error
        }
    }
}

/// Limits that suffice for all tests and end hanging pictures.
func testLimits(workers: Int = 1, _ change: (inout PictureLimits) -> Void = { _ in }) -> ImagingLimits {
    var limits = ImagingLimits()
    limits.workers = workers
    limits.picture.seconds = 30
    change(&limits.picture)
    return limits
}

extension PhotoSource {
    /// Bytes without a file.
    init(_ bytes: [UInt8]) {
        self.init(size: UInt64(bytes.count), file: nil) { range in
            Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
        }
    }
}

extension ImagingPool {
    func derive(_ bytes: [UInt8]) async throws(DerivationFailure) -> PhotoDerivatives {
        try await derive(PhotoSource(bytes))
    }

    /// The failure of a derivation; records an issue at the caller's line if there is none.
    func failure(
        deriving bytes: [UInt8], _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async -> DerivationFailure? {
        do {
            let photo = try await derive(bytes)
            Issue.record("derived \(photo.width) × \(photo.height)", sourceLocation: sourceLocation)
            return nil
        } catch {
            return error
        }
    }

    /// Derives a small picture.
    func expectUsable(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let picture = try Chart.picture(width: 64, height: 48).saved("jpegsave_buffer")
        let photo = try await derive(picture)
        #expect(photo.width == 64, sourceLocation: sourceLocation)
    }
}
