import Glibc
import ImagingWire
import UploadCore
import UploadDerivation

extension ExchangeOutcome {
    /// The reply of a picture's process that ended properly, or a failure with its reason.
    func reply(_ limits: PictureLimits) throws(DerivationFailure) -> PictureReply {
        switch self {
        case .answered(let reply, let end):
            if let failure = end.failure(limits) { throw failure }
            do throws(WireError) {
                return try PictureReply(parsing: reply)
            } catch {
                throw DerivationFailure(.worker, "the imaging worker's reply is malformed")
            }
        case .notSent: throw DerivationFailure(.unavailable, "the imaging worker cannot be reached")
        case .died: throw DerivationFailure(.worker, "the imaging worker died")
        case .misbehaved: throw DerivationFailure(.worker, "the imaging worker did not respond in time")
        case .tooLong: throw DerivationFailure(.worker, "the imaging worker's reply is too long")
        }
    }
}

extension PictureReply {
    /// The picture; a problem is thrown.
    func picture() throws(DerivationFailure) -> DerivedPicture {
        switch self {
        case .derived(let picture): return picture
        case .problem(let problem, _):
            throw DerivationFailure(
                .file, problem.description, takenAt: video?.takenAt, mediaTypes: video?.format.mediaTypes ?? [])
        }
    }

    /// What it says of a video; nil of any other file.
    var video: (format: PictureFormat, takenAt: CaptureTime?)? {
        guard case .problem(.video(let format), let takenAt) = self else { return nil }
        return (format, takenAt.flatMap { CaptureTime($0) })
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
            "deriving the picture crashed (signal \(signal)) or exceeded \(limits.memoryBytes >> 20) MiB of memory"
        }
    }
}
