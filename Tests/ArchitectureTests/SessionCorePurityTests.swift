import Testing

@Suite struct SessionCorePurityTests {
    @Test("the core is pure: no existentials, async, coding, untyped throws or package access")
    func tree() throws {
        let found = try PackageTree().violations(of: Rule.pureCore, in: ["Sources/SessionCore"])
        #expect(found == [])
    }

    // MARK: - The checkers

    private func lines(_ rule: Rule, _ text: String) -> [Int] {
        rule.check(SourceText(text)).map(\.line)
    }

    @Test("an existential is found, the word in prose is not")
    func existentials() {
        #expect(lines(.existentials, "var a: any Error\nf(as: [any Sink])") == [1, 2])
        #expect(lines(.existentials, "// in any order\nlet many = some(company)\nf(\"any of them\")\nanyOf(a)") == [])
    }

    @Test("async is found")
    func concurrency() {
        #expect(lines(.concurrency, "func f() async throws(E)\nasync let a = b") == [1, 2])
        #expect(lines(.concurrency, "// async\nlet asynchronous = 1") == [])
    }

    @Test("coding is found")
    func coding() {
        #expect(
            lines(.coding, "struct A: Codable {}\nstruct B: Hashable, Decodable {}\nextension C: Encodable {}") == [
                1, 2, 3,
            ])
        #expect(lines(.coding, "/// Not Codable.\nstruct CodableLike {}") == [])
    }

    @Test("untyped throws is found, typed is not")
    func untypedThrows() {
        #expect(lines(.untypedThrows, "func f() throws -> Int\nfunc g() throws\ninit() throws {") == [1, 2, 3])
        #expect(
            lines(.untypedThrows, "func f() throws(E) -> Int\ndo throws(E) {\n/// - Throws: it throws a lot\n") == [])
    }

    @Test("package access is found")
    func packageAccess() {
        #expect(lines(.packageAccess, "package func f()\npackage import Glibc") == [1, 2])
        #expect(lines(.packageAccess, "// the package knows\nlet packages = 2\nf(package)") == [])
    }
}
