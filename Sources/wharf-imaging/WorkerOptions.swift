import Glibc
import ImagingWire

/// What the worker is told on its command line. The server passes nothing; all of it is for people, tests and benchmarks.
struct WorkerOptions {
    /// Files that name a failure make it happen (see `Rehearsal`).
    var rehearsesFailures = false
    /// Decodes in the process itself, unconfined: what isolation costs is the difference.
    var isInProcess = false

    enum Command {
        case version
        case serve(WorkerOptions)
        case unknown(String)
    }

    static func parse(_ arguments: some Collection<String>) -> Command {
        var options = WorkerOptions()
        for argument in arguments {
            switch argument {
            case "--version": return .version
            case "--rehearse-failures": options.rehearsesFailures = true
            case "--in-process": options.isInProcess = true
            default: return .unknown(argument)
            }
        }
        return .serve(options)
    }
}

let protocolVersion = Hello.version

func say(_ descriptor: Int32, _ text: String) {
    let line = Array((text + "\n").utf8)
    _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
}

func isSocket(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
}
