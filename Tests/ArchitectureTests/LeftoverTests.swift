import Testing

@Suite struct LeftoverTests {
    private static let everywhere: [Rule] = [
        .workMarkers, .output, .forcedTry, .fatalErrors, .unprovenSendability, .lockedFunctions,
    ]

    @Test("sources and tests hold no leftovers")
    func leftovers() throws {
        let found = try PackageTree().violations(of: Self.everywhere, in: ["Sources", "Tests"])
        #expect(found == [])
    }

    @Test("sources unwrap nothing by force")
    func unwraps() throws {
        let found = try PackageTree().violations(of: [.forceUnwraps], in: ["Sources"])
        #expect(found == [])
    }

    @Test("no source returns a tuple with an await in its later parts")
    func suspension() throws {
        let found = try PackageTree().violations(of: [.suspendedTuples], in: ["Sources"])
        #expect(found == [])
    }

    @Test("tests do not sleep")
    func sleeping() throws {
        let found = try PackageTree().violations(of: [.sleeping], in: ["Tests"])
        #expect(found == [])
    }

    @Test("no source file is longer than 400 lines")
    func length() throws {
        let found = try PackageTree().violations(of: [.longerThan(400)], in: ["Sources"])
        #expect(found == [])
    }

    // MARK: - The checkers

    private func lines(_ rule: Rule, _ text: String) -> [Int] {
        rule.check(SourceText(text)).map(\.line)
    }

    @Test(
        "a note of unfinished work is found in comments and in code",
        arguments: ["TO" + "DO", "FIX" + "ME", "XX" + "X"])
    func workMarkers(marker: String) {
        #expect(lines(.workMarkers, "let a = 1\n// \(marker): more") == [2])
        #expect(lines(.workMarkers, "let a = 1 /* \(marker) */") == [1])
        #expect(lines(.workMarkers, "#warning(\(marker))") == [1])
        #expect(lines(.workMarkers, "let template = \"tests-\(marker)\"") == [])
        #expect(lines(.workMarkers, "// \(marker)S and \(marker.lowercased()) are other words") == [])
    }

    @Test("output is found, other words that end like it are not")
    func output() {
        #expect(lines(.output, "f()\nprint(a)\nSwift.print(b)") == [2, 3])
        #expect(lines(.output, "fingerprint(a)\n// print(a)\nf(\"print(a)\")\nblueprint.count") == [])
    }

    @Test("a forced try is found, an optional one is not")
    func forcedTry() {
        #expect(lines(.forcedTry, "let a = try? f()\nlet b = try! f()\ntry g()") == [2])
        #expect(lines(.forcedTry, "// try! it\nf(\"try! it\")\nretry != 1") == [])
    }

    @Test("a fatal error is found, a precondition is not")
    func fatalErrors() {
        #expect(lines(.fatalErrors, "fatalError()\nprecondition(a)\nfatalError(\"b\")") == [1, 3])
        #expect(lines(.fatalErrors, "// fatalError()\nlet isFatalError = 1") == [])
    }

    @Test(
        "a force unwrap is found",
        arguments: [
            "a()!", "a[0]!", "a!.b", "f(a!)", "a! + 1", "a![0]", "a as! B", "var a: Int!", "\"\\(a!)\"", "a?.b!.c",
            "x!!",
        ])
    func forceUnwraps(code: String) {
        #expect(lines(.forceUnwraps, "let b = 1\n" + code) == [2])
    }

    @Test(
        "another exclamation mark is no force unwrap",
        arguments: [
            "a != b", "a()!=b", "!a", "f(!a)", "[!a]", "a && !b", "a !== b", "#if !os(Linux)", "try! f()", "// a!",
            "\"a!\"", "let a = !b", "{ !$0 }", "return !a", "!!a", "static func != (a: A, b: A)",
        ])
    func noForceUnwraps(code: String) {
        #expect(lines(.forceUnwraps, code) == [])
    }

    @Test("a function alone in a Mutex is found, one in a type is not")
    func lockedFunctions() {
        let bad = ["(@Sendable () -> Void)?", "@Sendable (Int) -> Int", "() -> Void"]
        for type in bad { #expect(lines(.lockedFunctions, "let a = Mutex<\(type)>(nil)") == [1]) }
        let good = ["[@Sendable () -> Void]", "State", "(left: Int, right: Int)", "()"]
        for type in good { #expect(lines(.lockedFunctions, "let a = Mutex<\(type)>(b)") == []) }
    }

    @Test("a tuple that is returned with an await after its first part is found")
    func suspendedTuples() {
        for tuple in ["(a, await b)", "(a, .success(try await b(c)))", "(a, b, f(await c))"] {
            #expect(lines(.suspendedTuples, "return \(tuple)") == [1])
            #expect(lines(.suspendedTuples, "g.addTask { return \(tuple) }") == [1])
        }
        for code in ["return (await a, b)", "let b = await c; return (a, b)", "return await f(a, b)", "f(a, await b)"] {
            #expect(lines(.suspendedTuples, code) == [])
        }
    }

    @Test("every way to sleep is found")
    func sleepingFound() {
        #expect(
            lines(.sleeping, "try await Task.sleep(for: a)\nsleep(1)\nusleep(1)\nclock.sleep(until: b)") == [
                1, 2, 3, 4,
            ])
        #expect(lines(.sleeping, "// sleep(1)\nlet sleep = asleep(1)\nsleepers(2)") == [])
    }

    @Test("unchecked concurrency is found unless its proof is near")
    func unproven() {
        let box = "final class Box: @unchecked Sendable {}"
        let global = "nonisolated(unsafe) let a = 1"
        #expect(lines(.unprovenSendability, "\(box)\n\(global)") == [1, 2])
        #expect(lines(.unprovenSendability, "// Proof: it is locked.\n\(box)") == [])
        #expect(lines(.unprovenSendability, "\(global) // Proof: written once.") == [])
        #expect(lines(.unprovenSendability, "// Proof: far\n\n\n\n\n\n\(box)") == [])
        #expect(lines(.unprovenSendability, "// Proof: too far\n\n\n\n\n\n\n\(box)") == [8])
        #expect(lines(.unprovenSendability, "let a = \"Proof:\"\n\(box)") == [2])
        #expect(
            lines(
                .unprovenSendability,
                "// `@unchecked Sendable` is avoided\nstruct A: Sendable {}\nnonisolated let b = 1") == [])
    }

    @Test("a file is too long after its last allowed line")
    func tooLong() {
        #expect(lines(.longerThan(3), "a\nb\nc\n") == [])
        #expect(lines(.longerThan(3), "a\nb\nc\nd") == [4])
    }
}
