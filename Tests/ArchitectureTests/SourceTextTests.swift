import Testing

@Suite struct SourceTextTests {
    private func code(_ text: String) -> [String] { SourceText(text).lines.map(\.code) }
    private func comments(_ text: String) -> [String] { SourceText(text).lines.map(\.comment) }

    @Test("lines are counted as an editor counts them")
    func lines() {
        #expect(code("") == [""])
        #expect(code("a") == ["a"])
        #expect(code("a\n") == ["a"])
        #expect(code("a\n\nb\n") == ["a", "", "b"])
    }

    @Test("comments are told from code")
    func lineComments() {
        #expect(code("let a = 1 // one\nlet b = 2") == ["let a = 1 ", "let b = 2"])
        #expect(comments("let a = 1 // one\nlet b = 2") == [" one", ""])
        #expect(comments("/// \"any\" of them") == ["/ \"any\" of them"])
        #expect(code("a /* b /* c */ d */ e") == ["a  e"])
        #expect(code("a /* b\nc */ d") == ["a ", " d"])
        #expect(comments("a /* b\nc */ d") == [" b", "c "])
    }

    @Test("strings are emptied, whatever is in them")
    func strings() {
        #expect(code(#"f("x // y", 1)"#) == [#"f("", 1)"#])
        #expect(code(#"f("a\"b" + c)"#) == [#"f(" " + c)"#])
        #expect(code(##"f(#"a"b\"#) + c"##) == [##"f("") + c"##])
        #expect(code("f(\"\"\"\n  x \"y\" // z\n  \"\"\") + c") == ["f(\"", "", "\") + c"])
        #expect(code(#"f("") + "" + g"#) == [#"f("") + "" + g"#])
        #expect(code(#"f("/*") + g("*/")"#) == [#"f("") + g("")"#])
    }

    @Test("what is interpolated is code")
    func interpolation() {
        #expect(code(#"f("a \(g("x", (1))) b") + c"#) == [#"f(" g("", (1))") + c"#])
        #expect(code(##"f(#"a \(no) \#(yes) b"#) + c"##) == [##"f(" yes") + c"##])
    }

    @Test("names in backticks are names, not code")
    func backticks() {
        #expect(code("func `try! it // now`() {}") == ["func _() {}"])
    }

    @Test("a word is found alone, not within a name")
    func words() {
        #expect("print(a)".hasCall(of: "print"))
        #expect("x.print(a)".hasCall(of: "print"))
        #expect(!"fingerprint(a)".hasCall(of: "print"))
        #expect(!"print_all(a)".hasCall(of: "print"))
        #expect(!"printing(a); let print = 1".hasCall(of: "print"))
        #expect("many any".hasWord("any"))
        #expect(!"many anything".hasWord("any"))
    }
}
