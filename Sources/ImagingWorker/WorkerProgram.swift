import Glibc
package import Imaging
package import ImagingWire

/// Derives files, each in a sandboxed process of its own.
package protocol FileDeriver: Sendable {
    /// Loads what it needs, so that no file is opened later. Starts no thread.
    ///
    /// - Returns: Whether it succeeded.
    func start() -> Bool

    /// Derives a file in the sandbox.
    ///
    /// - Parameter descriptor: The file; seekable.
    /// - Throws: `.problem` if the file is the cause, otherwise `.failed`.
    func derive(_ descriptor: Int32, _ request: PictureRequest) throws(ImagingError) -> DerivedPicture
}

/// The body of a worker's executable. `wharf serve` starts it with a socket as descriptor 3; it ends when that closes.
package struct WorkerProgram {
    private let name: String
    private let deriver: any FileDeriver

    /// - Parameter name: Of the executable.
    package init(name: String, _ deriver: any FileDeriver) {
        self.name = name
        self.deriver = deriver
    }

    /// Returns once the server is gone; exits with a status of `sysexits.h` if it cannot serve.
    package func run(_ arguments: some Collection<String>) {
        switch WorkerOptions.parse(arguments) {
        case .version:
            Self.writeLine(STDOUT_FILENO, "\(name), protocol \(Handshake.version)")
        case .unknown(let argument):
            Self.writeLine(STDERR_FILENO, "unknown argument: \(argument)")
            exit(EX_USAGE)
        case .serve(let options):
            guard Self.isSocket(ForkServer.control) else {
                Self.writeLine(STDERR_FILENO, "\(name) is started by wharf serve and cannot run on its own")
                exit(EX_USAGE)
            }
            guard let worker = ForkServer(deriver, options) else {
                Self.writeLine(STDERR_FILENO, "a library cannot be initialized or lacks a format")
                exit(EX_UNAVAILABLE)
            }
            worker.serve()
        }
    }

    private static func writeLine(_ descriptor: Int32, _ text: String) {
        let line = Array((text + "\n").utf8)
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    private static func isSocket(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }
}
