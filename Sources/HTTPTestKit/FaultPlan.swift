import UploadTestKit

/// The fault of a connection through a `FaultyProxy`.
public enum ConnectionFault: Hashable, Sendable {
    /// No fault.
    case none
    /// Resets both sides after this many bytes from the client.
    case cutRequest(afterBytes: Int)
    /// Resets both sides after this many bytes from the server.
    case cutAnswer(afterBytes: Int)
    /// Closes the client's side without a reset after this many bytes from the server.
    case truncateAnswer(afterBytes: Int)
    /// Delays every piece in both directions.
    case delay(milliseconds: Int)
    /// Drops the connection instead of the response to the request with this number, from 0, and sends the request's
    /// bytes again on a separate connection.
    case duplicate(request: Int)
}

/// Assigns a fault to each connection.
public struct FaultPlan: Sendable {
    let fault: @Sendable (_ connection: Int) -> ConnectionFault

    /// - Parameter fault: Returns the fault of a connection by its number, from 0.
    public init(_ fault: @escaping @Sendable (_ connection: Int) -> ConnectionFault) {
        self.fault = fault
    }

    /// The same fault on every connection.
    public static func always(_ fault: ConnectionFault) -> FaultPlan {
        FaultPlan { _ in fault }
    }

    /// A random fault per connection, determined by the seed; one connection in five has none.
    ///
    /// - Parameter bytesMax: The largest offset of a cut. Every order of magnitude is equally likely, so that cuts
    ///   within heads are as frequent as cuts within bodies.
    public static func seeded(_ seed: UInt64, bytesMax: Int) -> FaultPlan {
        FaultPlan { connection in
            var random = SeededRandom(seed: seed &+ UInt64(connection) &* 0x9E37_79B9)
            switch random.below(10) {
            case 0, 1: return .none
            case 2, 3: return .cutRequest(afterBytes: offset(upTo: bytesMax, &random))
            case 4, 5: return .cutAnswer(afterBytes: offset(upTo: bytesMax, &random))
            case 6: return .truncateAnswer(afterBytes: offset(upTo: bytesMax, &random))
            case 7: return .delay(milliseconds: random.within(1...20))
            default: return .duplicate(request: random.below(4))
            }
        }
    }

    private static func offset(upTo bytesMax: Int, _ random: inout SeededRandom) -> Int {
        let bits = Int.bitWidth - max(1, bytesMax).leadingZeroBitCount
        return min(bytesMax, random.below(1 << random.below(bits + 1)))
    }
}
