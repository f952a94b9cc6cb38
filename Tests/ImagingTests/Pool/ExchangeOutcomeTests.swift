import Glibc
import ImagingWire
import Testing
import UploadDerivation

@testable import ImagingPool

/// Whose fault it is that a picture's process ended.
@Suite struct ExchangeOutcomeTests {
    private func cause(_ reason: JobEnd.ExitReason, computeMicroseconds: UInt64) -> DerivationFailure.Cause? {
        var limits = PictureLimits()
        limits.computeSeconds = 20
        return JobEnd(exitReason: reason, computeMicroseconds: computeMicroseconds, residentBytesMax: 0)
            .failure(limits)?.cause
    }

    @Test(arguments: [
        JobEnd.ExitReason.signal(UInt32(SIGKILL)), .signal(UInt32(SIGABRT)), .exit(JobEnd.failedStatus), .outOfTime,
    ])
    func `a process that used up its CPU time failed because of the picture, any other may be tried again`(
        reason: JobEnd.ExitReason
    ) {
        #expect(cause(reason, computeMicroseconds: 19_999_999) == .worker)
        #expect(cause(reason, computeMicroseconds: 20_000_000) == .file)
    }

    @Test func `the signal of the CPU limit suffices, since the times are rounded`() {
        #expect(cause(.signal(UInt32(SIGXCPU)), computeMicroseconds: 19_990_000) == .file)
        #expect(cause(.exit(0), computeMicroseconds: 25_000_000) == nil)
        #expect(cause(.exit(JobEnd.unconfinedStatus), computeMicroseconds: 0) == .unavailable)
    }
}
