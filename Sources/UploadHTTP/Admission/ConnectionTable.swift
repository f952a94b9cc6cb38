/// Decides which connections may stay: counts them, in total and by address, and knows the order in which they became
/// idle. Pure: it names the connections that are to be closed, and closes none.
///
/// When fewer than one sixteenth of the places are free, idle connections make room, the longest idle first. A client
/// that keeps its connections for the next request then takes no place from one that has a request now.
struct ConnectionTable {
    typealias ID = UInt64

    private struct Entry {
        let address: ClientAddress?
        /// The position in the order of idle connections.
        var idle: UInt64?
        /// Whether it was told to close, so that it counts as closed.
        var isLeaving = false
    }

    let limit: Int
    /// 0 for no limit.
    let perAddressMax: Int
    /// All accepted connections that are not closed.
    private(set) var count = 0
    private var entries: [ID: Entry] = [:]
    private var countByAddress: [ClientAddress: Int] = [:]
    private var leaving = 0
    private var idle: [UInt64: ID] = [:]
    /// No idle connection has a lower position.
    private var firstIdle: UInt64 = 0
    private var nextIdle: UInt64 = 0

    init(limit: Int, perAddressMax: Int) {
        self.limit = limit
        self.perAddressMax = perAddressMax
    }

    var hasRoom: Bool { count < limit }

    /// - Returns: The idle connections that make room.
    mutating func accept() -> [ID] {
        count += 1
        return makeRoom()
    }

    mutating func close() { count -= 1 }

    /// Enters an accepted connection, which waits for its first request and is not idle.
    ///
    /// - Parameter address: nil if connections of the address are not limited.
    /// - Returns: false, with nothing entered, if the address has its share already.
    mutating func enter(_ id: ID, from address: ClientAddress?) -> Bool {
        if let address {
            let others = countByAddress[address] ?? 0
            guard perAddressMax == 0 || others < perAddressMax else { return false }
            countByAddress[address] = others + 1
        }
        entries[id] = Entry(address: address)
        return true
    }

    mutating func leave(_ id: ID) {
        setBusy(id)
        guard let address = entries.removeValue(forKey: id)?.address, let others = countByAddress[address] else {
            return
        }
        countByAddress[address] = others > 1 ? others - 1 : nil
    }

    /// - Returns: The idle connections that make room, possibly itself.
    mutating func setIdle(_ id: ID) -> [ID] {
        guard let entry = entries[id], entry.idle == nil, !entry.isLeaving else { return [] }
        entries[id]?.idle = nextIdle
        idle[nextIdle] = id
        nextIdle += 1
        return makeRoom()
    }

    mutating func setBusy(_ id: ID) {
        guard let entry = entries[id] else { return }
        if entry.isLeaving {
            entries[id]?.isLeaving = false
            leaving -= 1
        }
        guard let position = entry.idle else { return }
        entries[id]?.idle = nil
        idle[position] = nil
        while firstIdle < nextIdle, idle[firstIdle] == nil { firstIdle += 1 }
    }

    /// - Returns: At most `countMax` idle connections, the longest idle first, which count as closed from now on.
    mutating func drop(_ countMax: Int) -> [ID] {
        var dropped: [ID] = []
        while dropped.count < countMax, let id = idle[firstIdle] {
            setBusy(id)
            entries[id]?.isLeaving = true
            leaving += 1
            dropped.append(id)
        }
        return dropped
    }

    private mutating func makeRoom() -> [ID] {
        drop(count - leaving - (limit - max(1, limit / 16)))
    }
}
