import HTTPWire
import HummingbirdCore
import NIOCore
import Synchronization

/// The open connections of a server, and the events by which idle ones are told to make room.
final class OpenConnections: Sendable {
    /// One connection's place. `leave` follows exactly once.
    struct Place: Sendable {
        fileprivate let id: ConnectionTable.ID
        fileprivate let connections: OpenConnections

        /// No request is unanswered.
        func becameIdle() {
            connections.drop(connections.change { $0.setIdle(id) })
        }

        /// A request has begun.
        func becameBusy() {
            connections.change { $0.setBusy(id) }
        }

        /// It was idle and closes to make room.
        func madeRoom() {
            connections.metrics.connectionEnded(.madeRoom)
        }

        func leave() {
            connections.remove(id)
        }
    }

    private struct State {
        var table: ConnectionTable
        var channels: [ConnectionTable.ID: any Channel] = [:]
        var nextID: ConnectionTable.ID = 0
    }

    private let state: Mutex<State>
    private let streams = Atomic(0)
    private let streamsMax: Int
    /// Addresses whose connections are limited in total only, because they stand for many clients.
    private let unlimitedAddresses: [AddressRange]
    private let metrics: ServerMetrics

    init(limits: HTTPLimits, unlimitedAddresses: [AddressRange], metrics: ServerMetrics) {
        let table = ConnectionTable(
            limit: limits.connectionsMax, perAddressMax: limits.connectionsPerAddressMax)
        state = Mutex(State(table: table))
        streamsMax = limits.connectionsMax
        self.unlimitedAddresses = unlimitedAddresses
        self.metrics = metrics
    }

    var hasRoom: Bool { state.withLock { $0.table.hasRoom } }

    var count: Int { state.withLock { $0.table.count } }

    fileprivate func accepted() { drop(change { $0.accept() }) }

    fileprivate func closed() { change { $0.close() } }

    /// - Returns: nil if the address of the peer has its share of connections already.
    func enter(_ channel: any Channel) -> Place? {
        let text = channel.remoteAddress?.ipAddress
        let isUnlimited = text.map { text in unlimitedAddresses.contains { $0.contains(text) } } ?? true
        let address = isUnlimited ? nil : ClientAddress(channel.remoteAddress)
        let id = state.withLock { state -> ConnectionTable.ID? in
            let id = state.nextID
            guard state.table.enter(id, from: address) else { return nil }
            state.nextID += 1
            state.channels[id] = channel
            return id
        }
        guard let id else {
            metrics.connectionEnded(.addressLimit)
            return nil
        }
        return Place(id: id, connections: self)
    }

    private func remove(_ id: ConnectionTable.ID) {
        state.withLock { state in
            state.table.leave(id)
            state.channels[id] = nil
        }
    }

    /// Tells the longest idle connections to close.
    ///
    /// - Returns: Their number.
    func dropIdle(_ countMax: Int) -> Int {
        let dropped = change { $0.drop(countMax) }
        drop(dropped)
        return dropped.count
    }

    // MARK: - Streams

    /// Begins a request of HTTP/2. `endStream` follows exactly once, whatever the result.
    ///
    /// - Returns: Whether there is room for it: each may open a file.
    func beginStream() -> Bool { streams.add(1, ordering: .relaxed).newValue <= streamsMax }

    func endStream() { streams.subtract(1, ordering: .relaxed) }

    // MARK: -

    private func change<Value>(_ body: (inout ConnectionTable) -> Value) -> Value {
        state.withLock { body(&$0.table) }
    }

    /// The connection decides on its event loop: its next request may have arrived meanwhile.
    private func drop(_ ids: [ConnectionTable.ID]) {
        guard !ids.isEmpty else { return }
        let channels = state.withLock { state in ids.compactMap { state.channels[$0] } }
        for channel in channels {
            channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(DropIdleConnectionEvent()) }
        }
    }
}

/// Asks a connection to close if it is idle, to make room for another one.
struct DropIdleConnectionEvent: Sendable {}

/// Accepts connections only while there is room for them; further ones wait in the listen queue.
struct ConnectionGate: AvailableConnectionsDelegate {
    let connections: OpenConnections

    func connectionOpened() { connections.accepted() }
    func connectionClosed() { connections.closed() }
    func isAcceptingNewConnections() -> Bool { connections.hasRoom }
}
