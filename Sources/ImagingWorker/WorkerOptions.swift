import Glibc
import ImagingWire

/// The command-line options, for people, tests and benchmarks. The server passes none.
struct WorkerOptions {
    /// Enables `InjectedFault`.
    var injectsFaults = false
    /// Decodes without fork and sandbox, to measure their cost.
    var isInProcess = false
    /// Layers of the sandbox that are left out, as on a system without them.
    var withheldLayers: SandboxLayers = []

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
            case "--inject-faults": options.injectsFaults = true
            case "--in-process": options.isInProcess = true
            case "--without-user": options.withheldLayers.insert(.user)
            case "--without-landlock": options.withheldLayers.insert(.landlock)
            case "--without-seccomp": options.withheldLayers.insert(.seccomp)
            default: return .unknown(argument)
            }
        }
        return .serve(options)
    }
}
