extension Rule {
    /// Notes to oneself. Their names are put together so that a search for them does not end here.
    static let workMarkers = Rule("a note of unfinished work: finish it, or write it down where the plans are") {
        line in
        ["TO" + "DO", "FIX" + "ME", "XX" + "X"].contains { line.code.hasWord($0) || line.comment.hasWord($0) }
    }

    static let output = Rule("writes to standard output") { $0.code.hasCall(of: "print") }

    static let forcedTry = Rule("ends the process where an error could be thrown") { line in
        line.code.tails(afterWord: "try").contains { $0.first == "!" }
    }

    static let fatalErrors = Rule("ends the process without a reason that a reader can check") { line in
        line.code.hasCall(of: "fatalError")
    }

    /// Postfix `!`, on values and in types.
    static let forceUnwraps = Rule("a force unwrap: handle the absence, or make it impossible") { line in
        let code = Array(line.code)
        return code.indices.dropFirst().contains { position in
            guard code[position] == "!", code.dropFirst(position + 1).first != "=" else { return false }
            let before = code[position - 1]
            guard before.isPartOfName || ")]>\"?".contains(before) else { return false }
            let word = String(code[..<position].reversed().prefix { $0.isPartOfName }.reversed())
            return word != "try"
        }
    }

    static let sleeping = Rule("sleeps: let time be an argument") { line in
        ["sleep", "usleep", "nanosleep"].contains { line.code.hasCall(of: $0) }
    }

    /// Concurrency that the compiler does not check needs its argument beside it.
    static let unprovenSendability = Rule { text in
        text.lines.indices.compactMap { index in
            let code = text.lines[index].code
            let isUnchecked = code.tails(afterWord: "@unchecked").contains { $0.hasPrefix(" Sendable") }
            guard isUnchecked || code.tails(afterWord: "nonisolated").contains(where: { $0.hasPrefix("(unsafe)") })
            else { return nil }
            let nearby = text.lines[max(0, index - 6)...index]
            guard !nearby.contains(where: { $0.comment.contains("Proof:") }) else { return nil }
            return Violation(
                line: index + 1, message: "unchecked concurrency without a comment `Proof: …` within 6 lines before")
        }
    }

    /// Without optimization each access to a function that is itself the value of a generic container, inout, wraps it once
    /// more: after some hundred thousand accesses a call of it overflows the stack.
    static let lockedFunctions = Rule("a function alone in a Mutex: make it the property of a type") { line in
        line.code.tails(afterWord: "Mutex").contains { tail in
            guard tail.hasPrefix("<") else { return false }
            let value = tail.dropFirst().drop { $0 == "(" || $0 == " " }
            return value.hasPrefix("@Sendable") || value.hasPrefix("@escaping") || tail.hasPrefix("<() ")
        }
    }

    /// With optimization (Swift 6.3) an async closure that returns such a tuple from one of several branches loses the parts
    /// that it computed before the suspension: swiftlang/swift#91911.
    static let suspendedTuples = Rule("a tuple returned with an await in its later parts: name what is awaited first") {
        line in
        line.code.tails(afterWord: "return").contains { tail in
            guard tail.hasPrefix(" ("), let comma = tail.firstIndex(of: ",") else { return false }
            return String(tail[comma...]).hasWord("await")
        }
    }

    static func longerThan(_ limit: Int) -> Rule {
        Rule { text in
            text.lines.count <= limit
                ? [] : [Violation(line: limit + 1, message: "\(text.lines.count) lines are more than \(limit)")]
        }
    }
}
