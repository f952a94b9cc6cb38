import UploadTestKit

/// What goes wrong on which connection.
public struct FaultPlan: Sendable {
    let fault: @Sendable (_ connection: Int) -> ConnectionFault

    /// - Parameter fault: Is given the number of the connection, from 0.
    public init(_ fault: @escaping @Sendable (_ connection: Int) -> ConnectionFault) {
        self.fault = fault
    }

    /// The same on every connection.
    public static func always(_ fault: ConnectionFault) -> FaultPlan {
        FaultPlan { _ in fault }
    }

    /// Something else on every connection, all of it from the seed; one connection of five stays as it is.
    ///
    /// - Parameter bytesMax: Where the last cut may be. Places are drawn so that every order of magnitude is as likely as any
    ///   other: a cut within a head is as frequent as one within a body.
    public static func seeded(_ seed: UInt64, bytesMax: Int) -> FaultPlan {
        FaultPlan { connection in
            var random = SeededRandom(seed: seed &+ UInt64(connection) &* 0x9E37_79B9)
            switch random.below(10) {
            case 0, 1: return .none
            case 2, 3: return .cutRequest(afterBytes: place(upTo: bytesMax, &random))
            case 4, 5: return .cutAnswer(afterBytes: place(upTo: bytesMax, &random))
            case 6: return .truncateAnswer(afterBytes: place(upTo: bytesMax, &random))
            case 7: return .delay(milliseconds: random.within(1...20))
            default: return .duplicate(request: random.below(4))
            }
        }
    }

    private static func place(upTo bytesMax: Int, _ random: inout SeededRandom) -> Int {
        let bits = Int.bitWidth - max(1, bytesMax).leadingZeroBitCount
        return min(bytesMax, random.below(1 << random.below(bits + 1)))
    }
}
