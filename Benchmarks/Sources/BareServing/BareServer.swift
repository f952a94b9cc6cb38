import Glibc

/// Serves connections with two threads that poll, as many as the measured servers have event loops.
package enum BareServer {
    private static let workers = 2

    /// Listens on the loopback address.
    ///
    /// - Parameter connection: Makes the connection of a descriptor, which it closes in the end.
    package static func run(
        at port: UInt16, _ connection: @escaping @Sendable (CInt) -> any BareConnection
    ) -> Never {
        let listener = listen(at: port)
        let workers = (0..<workers).map { _ in BareWorker(connection) }
        for worker in workers { worker.start() }
        var next = 0
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { stop("accept") }
            workers[next % workers.count].serve(connection)
            next += 1
        }
    }

    private static func listen(at port: UInt16) -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var (address, one) = (sockaddr_in(), CInt(1))
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size))
        let isBound = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, Glibc.listen(descriptor, 1024) == 0 else { stop("listen") }
        return descriptor
    }
}

/// Ends the process: its figures would be wrong.
package func stop(_ call: String) -> Never {
    perror("\(CommandLine.arguments[0]): \(call)")
    exit(1)
}
