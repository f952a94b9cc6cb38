import Glibc
import ImagingWire
import UploadCore
import UploadDerivation

extension ExchangeOutcome {
    /// The picture, or a failure with its reason.
    func result(_ limits: PictureLimits) throws(DerivationFailure) -> DerivedPicture {
        switch self {
        case .answered(let reply, let end):
            if let failure = end.failure(limits) { throw failure }
            return try Self.picture(in: reply)
        case .notSent: throw DerivationFailure(.unavailable, "the imaging worker cannot be reached")
        case .died: throw DerivationFailure(.worker, "the imaging worker died")
        case .misbehaved: throw DerivationFailure(.worker, "the imaging worker did not respond in time")
        case .tooLong: throw DerivationFailure(.worker, "the imaging worker's reply is too long")
        }
    }

    private static func picture(in reply: [UInt8]) throws(DerivationFailure) -> DerivedPicture {
        let parsed: PictureReply
        do throws(WireError) {
            parsed = try PictureReply(parsing: reply)
        } catch {
            throw DerivationFailure(.worker, "the imaging worker's reply is malformed")
        }
        switch parsed {
        case .derived(let picture): return picture
        case .problem(let problem): throw DerivationFailure(.file, problem.description)
        }
    }
}

extension JobEnd {
    /// nil for a normal exit.
    ///
    /// A picture that used up its CPU time would do so again, however its process ended: with SIGXCPU at the soft limit,
    /// or killed at the hard one if it ignored that.
    func failure(_ limits: PictureLimits) -> DerivationFailure? {
        guard let failure = exitReason.failure(limits) else { return nil }
        guard exitReason == .signal(UInt32(SIGXCPU)) || computeMicroseconds >= UInt64(limits.computeSeconds) * 1_000_000
        else { return failure }
        return DerivationFailure(
            .file, "deriving the picture takes more than \(limits.computeSeconds) seconds of CPU time")
    }
}

extension JobEnd.ExitReason {
    /// nil for a normal exit.
    fileprivate func failure(_ limits: PictureLimits) -> DerivationFailure? {
        switch self {
        case .exit(0): nil
        case .exit(JobEnd.unconfinedStatus):
            DerivationFailure(
                .unavailable, "the imaging worker cannot sandbox itself on this system")
        case .exit(JobEnd.failedStatus):
            DerivationFailure(.worker, "deriving the picture failed, possibly for lack of memory")
        case .exit(let status): DerivationFailure(.worker, "deriving the picture ended with status \(status)")
        case .signal(let number): DerivationFailure(.worker, Self.reason(signal: Int32(number), limits))
        case .outOfTime:
            DerivationFailure(.worker, "deriving the picture took more than \(limits.seconds) seconds")
        case .notStarted: DerivationFailure(.worker, "no process could be started for the picture")
        }
    }

    private static func reason(signal: Int32, _ limits: PictureLimits) -> String {
        switch signal {
        case SIGSYS: "deriving the picture was stopped: its process made a forbidden system call"
        case SIGKILL: "deriving the picture was killed by the system, possibly for lack of memory"
        default:
            "deriving the picture crashed (signal \(signal)) or exceeded \(mebibytes(limits.memoryBytes)) MiB of memory"
        }
    }
}

/// Whole MiB, rounded up.
func mebibytes(_ bytes: UInt64) -> UInt64 {
    bytes >> 20 + (bytes & (1 << 20 - 1) == 0 ? 0 : 1)
}
