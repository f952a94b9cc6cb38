/// A generator fully determined by its seed (SplitMix64; Steele, Lea, Flood 2014). Not for secrets.
///
/// It has its own helpers instead of the standard library's, so that a seed gives the same history under every
/// toolchain.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True with the given probability: never at 0 or less, always at 1 or more.
    public mutating func chance(_ probability: Double) -> Bool {
        Double(next() >> 11) * 0x1p-53 < probability
    }

    /// A number in `0..<bound`; `bound` is at least 1.
    public mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "There is no number below \(bound) to draw")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number in the range.
    public mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    /// A random element; nil if there is none.
    public mutating func element<Element>(of elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count { buffer[index] = UInt8(truncatingIfNeeded: next() >> 32) }
            initialized = count
        }
    }

    /// An independent generator, so that draws in one part do not shift the sequence of another.
    public mutating func fork() -> SeededRandom {
        SeededRandom(seed: next())
    }

    mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(last, below(last + 1))
        }
    }
}
