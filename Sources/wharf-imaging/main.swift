import Glibc

// The worker of `wharf serve` that decodes pictures. It is started by the server with a socket as descriptor 3, and ends when
// that closes. See docs/imaging.md.

switch WorkerOptions.parse(CommandLine.arguments.dropFirst()) {
case .version:
    say(STDOUT_FILENO, "wharf-imaging, protocol \(protocolVersion)")
case .unknown(let argument):
    say(STDERR_FILENO, "wharf-imaging does not know \(argument)")
    exit(EX_USAGE)
case .serve(let options):
    guard isSocket(Worker.control) else {
        say(STDERR_FILENO, "wharf-imaging is started by wharf serve, and does nothing by itself")
        exit(EX_USAGE)
    }
    guard let worker = Worker(options) else {
        say(STDERR_FILENO, "libvips does not start, or lacks a format")
        exit(EX_UNAVAILABLE)
    }
    worker.serve()
}
