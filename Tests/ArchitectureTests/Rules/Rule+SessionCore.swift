extension Rule {
    // What Embedded Swift, and the promise of a core that is pure, leave out.

    static let existentials = Rule("an existential: use a generic parameter") { line in
        line.code.tails(afterWord: "any").contains { $0.first == " " }
    }

    static let concurrency = Rule("async: effects belong to an outer layer") { $0.code.hasWord("async") }

    static let coding = Rule("Codable: formats belong to an outer layer") { line in
        ["Codable", "Encodable", "Decodable"].contains { line.code.hasWord($0) }
    }

    static let untypedThrows = Rule("untyped throws: name the error") { line in
        line.code.tails(afterWord: "throws").contains { $0.first != "(" }
    }

    static let packageAccess = Rule("package access: nothing else in the package is nearer to the core than others") {
        $0.code.tails(afterWord: "package").contains { $0.first == " " }
    }

    static let pureCore = [existentials, concurrency, coding, untypedThrows, packageAccess]
}
