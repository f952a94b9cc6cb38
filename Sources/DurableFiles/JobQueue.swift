/// First in, first out, both in constant time on average: what comes in is piled up, and the pile is turned over when
/// the other side runs empty.
package struct JobQueue: Sendable {
    package typealias Job = @Sendable () -> Void

    private var incoming: [Job] = []
    private var outgoing: [Job] = []

    package init() {}

    package mutating func append(_ job: @escaping Job) {
        incoming.append(job)
    }

    package mutating func popFirst() -> Job? {
        if outgoing.isEmpty {
            swap(&incoming, &outgoing)
            outgoing.reverse()
        }
        return outgoing.popLast()
    }
}
