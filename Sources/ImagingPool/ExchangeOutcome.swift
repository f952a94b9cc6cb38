import Glibc
import ImagingWire
import UploadCore

extension ExchangeOutcome {
    /// The picture, or a failure in words.
    func result(_ limits: PictureLimits) throws(DerivationFailure) -> (DerivedPicture, JobEnd) {
        switch self {
        case .answered(let reply, let end):
            if let failure = end.way.failure(limits) { throw failure }
            return (try Self.picture(in: reply), end)
        case .notSent: throw DerivationFailure(.unavailable, "the imaging worker cannot be reached")
        case .died: throw DerivationFailure(.worker, "the imaging worker died while it derived the picture")
        case .misbehaved: throw DerivationFailure(.worker, "the imaging worker did not answer in time")
        case .tooLong: throw DerivationFailure(.worker, "the imaging worker answered more than a picture can have")
        }
    }

    private static func picture(in reply: [UInt8]) throws(DerivationFailure) -> DerivedPicture {
        let parsed: PictureReply
        do throws(WireError) {
            parsed = try PictureReply(parsing: reply)
        } catch {
            throw DerivationFailure(.worker, "the imaging worker answered what cannot be right")
        }
        switch parsed {
        case .derived(let picture): return picture
        case .problem(let problem): throw DerivationFailure(.file, problem.description)
        }
    }
}

extension JobEnd.Way {
    /// nil where the process ended as it should.
    func failure(_ limits: PictureLimits) -> DerivationFailure? {
        switch self {
        case .exit(0): nil
        case .exit(JobEnd.unconfinedStatus):
            DerivationFailure(
                .unavailable, "the imaging worker cannot confine itself on this system, and does nothing then")
        case .exit(JobEnd.failedStatus):
            DerivationFailure(.worker, "deriving the picture failed, perhaps because there was not enough memory")
        case .exit(let status): DerivationFailure(.worker, "deriving the picture ended with status \(status)")
        case .signal(let number): DerivationFailure(.worker, Self.reason(signal: Int32(number), limits))
        case .outOfTime:
            DerivationFailure(.worker, "deriving the picture took more than \(limits.seconds) seconds")
        case .notStarted: DerivationFailure(.worker, "no process could be started to derive the picture")
        }
    }

    private static func reason(signal: Int32, _ limits: PictureLimits) -> String {
        switch signal {
        case SIGXCPU: "deriving the picture took more than \(limits.computeSeconds) seconds of computing"
        case SIGSYS: "deriving the picture ended because its process tried what it may not do"
        case SIGKILL: "deriving the picture was stopped by the system, perhaps because memory was short"
        default:
            "deriving the picture crashed (signal \(signal)), or took more than \(mebibytes(limits.memoryBytes)) MiB of memory"
        }
    }
}

/// Whole MiB, rounded up.
func mebibytes(_ bytes: UInt64) -> UInt64 {
    bytes >> 20 + (bytes & (1 << 20 - 1) == 0 ? 0 : 1)
}
