/// Identifies a call that may have to wait. Unique within the process.
struct Ticket: Hashable, Sendable {
    let number: UInt64
}

/// An exclusive right with a queue, first come first served.
struct Turn: Sendable {
    private(set) var holder: Ticket?
    private var waiting: [Ticket] = []

    /// Takes the turn, or joins the queue. Idempotent.
    ///
    /// - Returns: Whether the caller has the turn.
    mutating func take(_ ticket: Ticket) -> Bool {
        if holder == nil { holder = ticket }
        if holder == ticket { return true }
        if !waiting.contains(ticket) { waiting.append(ticket) }
        return false
    }

    /// Releases the turn, or the place in the queue.
    ///
    /// - Returns: The next holder, to be resumed; nil if there is none or the caller was not the holder.
    mutating func leave(_ ticket: Ticket) -> Ticket? {
        guard holder == ticket else {
            waiting.removeAll { $0 == ticket }
            return nil
        }
        holder = waiting.isEmpty ? nil : waiting.removeFirst()
        return holder
    }

    /// Empties the queue.
    ///
    /// - Returns: The waiting tickets, to be resumed.
    mutating func dismissWaiting() -> [Ticket] {
        defer { waiting = [] }
        return waiting
    }
}
