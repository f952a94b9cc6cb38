import ImagingPool
import Logging
import NIOCore
import UploadHTTP

/// How the descriptors of the process are divided between connections and everything else. Pure.
struct DescriptorBudget {
    /// A connection's socket, the reader's own descriptor of it, and the file of the request; the file of a stream of HTTP/2,
    /// of which there are as many.
    static let perConnection = 4
    /// The catalogue, the lock, the control socket, the log and the standard streams, with plenty of room.
    private static let fixedReserve = 64
    /// An event loop has three, a thread opens two files at a time, a worker has the two ends of its sockets.
    private static let perThread = 4

    /// The limit of the process.
    let limit: Int
    /// Event loops, threads of the store, and workers, of which each may have a second one for videos.
    let threads: Int

    /// Kept free of connections, so that the store can always open its files.
    var reserve: Int { Self.fixedReserve + Self.perThread * threads }

    /// The most connections, 0 if there is not even room for one.
    var connectionsMax: Int { max(0, limit - reserve) / Self.perConnection }

    /// The limit that a number of connections requires.
    func limit(for connections: Int) -> Int {
        reserve + Self.perConnection * min(connections, (.max - reserve) / Self.perConnection)
    }
}

extension ServerSettings {
    /// Lowers `connections-max` to what the limit of open descriptors permits.
    ///
    /// - Throws: `ServeError` if it permits none.
    mutating func keepWithinDescriptors(_ limit: Int, logger: Logger) throws(ServeError) {
        let loops = eventLoopThreads > 0 ? eventLoopThreads : System.coreCount
        let budget = DescriptorBudget(limit: limit, threads: loops + threads + 2 * imagingLimits.workers)
        guard budget.connectionsMax > 0 else {
            throw ServeError(
                .usage,
                "the limit of open files is \(limit), and \(budget.limit(for: 1)) are needed; raise it (ulimit -n)")
        }
        guard budget.connectionsMax < http.connectionsMax else { return }
        logger.warning(
            "connections-max lowered: the limit of open files is too low",
            metadata: [
                "connections_max": .stringConvertible(budget.connectionsMax), "files": .stringConvertible(limit),
                "needed": .stringConvertible(budget.limit(for: http.connectionsMax)),
            ])
        http.connectionsMax = budget.connectionsMax
    }
}
