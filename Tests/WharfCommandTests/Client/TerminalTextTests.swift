import SessionCore
import Testing

@testable import WharfCommand

@Suite struct TerminalTextTests {
    @Test func `control characters never reach a terminal, and joiners do`() {
        #expect(TerminalText.safe("a\u{1B}[2Jb\u{9B}c\u{7F}d\ne\u{2028}f\u{202E}g\u{AD}h") == "a�[2Jb�c�d�e�f�g�h")
        #expect(TerminalText.safe("👨\u{200D}👩\u{200D}👧 می\u{200C}خواهم") == "👨\u{200D}👩\u{200D}👧 می\u{200C}خواهم")
        #expect(TerminalText.safeLines("a\u{1B}\nb\r\tc") == "a�\nb��c")
    }

    @Test func `JSON keeps its meaning without such characters`() {
        #expect(
            TerminalText.safeJSON("{\"a\":\"\u{9B}x\u{202E}\u{E0001}ä\"}") == #"{"a":"\u009bx\u202e\udb40\udc01ä"}"#)
    }

    @Test func `wide characters take two columns`() {
        #expect(TerminalText.columns(of: "abc") == 3)
        #expect(TerminalText.columns(of: "日本語") == 6)
        #expect(TerminalText.columns(of: "👨\u{200D}👩\u{200D}👧e\u{301}") == 3)
    }

    @Test func `a text is cut to its columns`() {
        #expect(TerminalText.shortened("abcdef", toColumns: 6) == "abcdef")
        #expect(TerminalText.shortened("abcdef", toColumns: 5) == "abcd…")
        #expect(TerminalText.shortened("日本語", toColumns: 5) == "日本…")
        #expect(TerminalText.shortened("日本語", toColumns: 4) == "日…")
        #expect(TerminalText.shortened("abc", toColumns: 1) == "…")
        #expect(TerminalText.shortened("abc", toColumns: 0) == "")
        #expect(TerminalText.padded("日", toColumns: 4) == "日  ")
        #expect(TerminalText.padded("日", toColumns: 4, alignedRight: true) == "  日")
        #expect(TerminalText.padded("abc", toColumns: 2) == "abc")
    }
}
