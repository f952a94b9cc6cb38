/// Why a message was refused.
package enum WireError: Error, Hashable, Sendable {
    /// What greeted is no imaging worker.
    case notAWorker
    /// A message ends early, goes on too long, or says what cannot be.
    case malformed(Malformation)

    /// What was wrong with a message.
    package enum Malformation: Hashable, Sendable {
        case length
        case magic
        case code
        case size
        case takenAt
        case thumbHash
        case webP
    }
}
