extension String {
    /// What follows each place where `word` stands alone, not as part of a longer name.
    func tails(afterWord word: String) -> [Substring] {
        var tails: [Substring] = []
        var rest = self[...]
        while let found = rest.firstRange(of: word) {
            let before = self[..<found.lowerBound].last
            let tail = self[found.upperBound...]
            if before?.isPartOfName != true, tail.first?.isPartOfName != true { tails.append(tail) }
            rest = tail
        }
        return tails
    }

    func hasWord(_ word: String) -> Bool {
        !tails(afterWord: word).isEmpty
    }

    /// Whether a function of this name is called, or declared.
    func hasCall(of name: String) -> Bool {
        tails(afterWord: name).contains { $0.first == "(" }
    }
}

extension Character {
    var isPartOfName: Bool { isLetter || isNumber || self == "_" }
}
