/// A set of piece indices as a bitmap that grows with the highest index: 600,000 pieces cost 75 kB, in any order of
/// arrival. The first missing index is cached, since every status and every hash needs it.
public struct PieceSet: Hashable, Sendable {
    /// Bit `i % 64` of word `i / 64` stands for piece `i`.
    public private(set) var words: [UInt64] = []
    public private(set) var count: UInt64 = 0
    /// The length of the prefix without a gap.
    public private(set) var firstMissing: UInt64 = 0

    public init() {}

    /// A set from the bitmap of an earlier `words`.
    public init(words: [UInt64]) {
        self.words = words
        while self.words.last == 0 { self.words.removeLast() }
        count = self.words.reduce(0) { $0 + UInt64($1.nonzeroBitCount) }
        advanceFirstMissing()
    }

    public func contains(_ index: UInt64) -> Bool {
        let word = index / 64
        return word < UInt64(words.count) && words[Int(word)] & (1 << (index % 64)) != 0
    }

    /// The highest index held.
    public var last: UInt64? {
        guard let word = words.last else { return nil }
        return UInt64(words.count - 1) * 64 + UInt64(63 - word.leadingZeroBitCount)
    }

    /// Adds an index. Idempotent.
    public mutating func insert(_ index: UInt64) {
        guard !contains(index) else { return }
        let word = Int(index / 64)
        if word >= words.count {
            words.append(contentsOf: repeatElement(0, count: word + 1 - words.count))
        }
        words[word] |= 1 << (index % 64)
        count += 1
        if index == firstMissing { advanceFirstMissing() }
    }

    private mutating func advanceFirstMissing() {
        var word = Int(firstMissing / 64)
        while word < words.count, words[word] == .max { word += 1 }
        let inWord = word < words.count ? (~words[word]).trailingZeroBitCount : 0
        firstMissing = UInt64(word) * 64 + UInt64(inWord)
    }
}

// MARK: - Ranges for clients

extension PieceSet {
    /// The held indices as ascending ranges, merged where adjacent; at most `limit` ranges.
    public func ranges(limit: Int = .max) -> [ClosedRange<UInt64>] {
        runs(of: true, below: UInt64(words.count) * 64, limit: limit)
    }

    /// The missing indices below `end`, in the same form.
    public func missing(below end: UInt64, limit: Int = .max) -> [ClosedRange<UInt64>] {
        runs(of: false, below: end, limit: limit)
    }

    private func runs(of wanted: Bool, below end: UInt64, limit: Int) -> [ClosedRange<UInt64>] {
        var result: [ClosedRange<UInt64>] = []
        var index = wanted ? 0 : firstMissing
        while index < end, result.count < limit {
            guard let first = next(wanted, from: index, below: end) else { break }
            let past = next(!wanted, from: first, below: end) ?? end
            result.append(first...(past - 1))
            index = past
        }
        return result
    }

    /// The first index in `start..<end` that is held (`wanted`) or missing (otherwise); searches a word at a time.
    private func next(_ wanted: Bool, from start: UInt64, below end: UInt64) -> UInt64? {
        var index = start
        while index < end {
            let word = index / 64
            guard word < UInt64(words.count) else { return wanted ? nil : index }
            let bits = (wanted ? words[Int(word)] : ~words[Int(word)]) >> (index % 64)
            if bits != 0 {
                let found = index + UInt64(bits.trailingZeroBitCount)
                return found < end ? found : nil
            }
            index = (word + 1) * 64
        }
        return nil
    }
}
