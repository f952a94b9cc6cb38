import Glibc

/// A thread that serves its connections as their bytes arrive, with one buffer for all of them, which therefore stays in
/// the processor's cache.
///
/// Proof: unchecked, because `arrivals` and `connection` are constant, and the rest is used by the worker's own thread alone.
final class BareWorker: @unchecked Sendable {
    private static let bufferBytes = 512 << 10

    private let connection: @Sendable (CInt) -> any BareConnection
    /// A pipe with the descriptors of new connections.
    private let arrivals: (reading: CInt, writing: CInt)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferBytes, alignment: 4096)
    private var connections: [any BareConnection] = []

    init(_ connection: @escaping @Sendable (CInt) -> any BareConnection) {
        self.connection = connection
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { stop("pipe") }
        arrivals = (ends[0], ends[1])
    }

    func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<BareWorker>.fromOpaque(context).takeRetainedValue().run()
            }, context)
        guard status == 0 else { stop("pthread_create") }
    }

    func serve(_ descriptor: CInt) {
        var (descriptor, one) = (descriptor, CInt(1))
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
        guard write(arrivals.writing, &descriptor, MemoryLayout<CInt>.size) > 0 else { stop("write") }
    }

    private func run() -> Never {
        var waiting = [pollfd(fd: arrivals.reading, events: Int16(POLLIN), revents: 0)]
        while true {
            guard poll(&waiting, nfds_t(waiting.count), -1) >= 0 else { stop("poll") }
            // From the end, so that the removal of one moves none that follows.
            for index in connections.indices.reversed() where waiting[index + 1].revents != 0 {
                if connections[index].proceed(with: buffer) {
                    waiting[index + 1].events = connections[index].awaited
                    continue
                }
                connections.remove(at: index)
                waiting.remove(at: index + 1)
            }
            guard waiting[0].revents != 0 else { continue }
            var descriptor: CInt = 0
            guard read(arrivals.reading, &descriptor, MemoryLayout<CInt>.size) > 0 else { stop("read") }
            connections.append(connection(descriptor))
            waiting.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        }
    }
}
