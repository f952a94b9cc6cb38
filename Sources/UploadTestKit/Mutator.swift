/// Makes inputs that are nearly right out of ones that are.
package struct Mutator {
    private var random: SeededRandom
    private let inputs: [[UInt8]]

    /// What parsers look for, and what they forget.
    private static let marks = Array("\"\\,;=:/*-+%() \t\r\nWw09azGMT{}[]".utf8) + [0, 0x7F, 0x80, 0xC3, 0xFF]

    package init(seed: UInt64, inputs: [String]) {
        random = SeededRandom(seed: seed)
        self.inputs = inputs.map { Array($0.utf8) }
    }

    package mutating func next() -> [UInt8] {
        var input = random.element(of: inputs) ?? []
        for _ in 0..<random.below(4) { mutate(&input) }
        return input
    }

    private mutating func mutate(_ input: inout [UInt8]) {
        let position = random.below(input.count + 1)
        switch random.below(6) {
        case 0: input.insert(Self.marks[random.below(Self.marks.count)], at: position)
        case 1: input.insert(UInt8(random.below(256)), at: position)
        case 2: if position < input.count { input.remove(at: position) }
        case 3: if position < input.count { input[position] = Self.marks[random.below(Self.marks.count)] }
        case 4: input.removeSubrange(position...)
        default: input.insert(contentsOf: input[random.below(position + 1)..<position], at: position)
        }
    }
}
