import Glibc

// The worker process of `wharf serve` that decodes pictures. The server starts it with a socket as descriptor 3; it
// exits when that closes. See docs/imaging.md.

switch WorkerOptions.parse(CommandLine.arguments.dropFirst()) {
case .version:
    writeLine(STDOUT_FILENO, "wharf-imaging, protocol \(protocolVersion)")
case .unknown(let argument):
    writeLine(STDERR_FILENO, "unknown argument: \(argument)")
    exit(EX_USAGE)
case .serve(let options):
    guard isSocket(ForkServer.control) else {
        writeLine(STDERR_FILENO, "wharf-imaging is started by wharf serve and cannot run on its own")
        exit(EX_USAGE)
    }
    guard let worker = ForkServer(options) else {
        writeLine(STDERR_FILENO, "libvips cannot be initialized or lacks a format")
        exit(EX_UNAVAILABLE)
    }
    worker.serve()
}
