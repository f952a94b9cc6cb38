import Glibc
import UploadClient

/// A token from standard input. Never from an argument, which other users of the machine see.
enum TokenInput {
    /// The most bytes of a line with a token; JWTs have a few thousand.
    static let bytesMax = 64 << 10

    /// The first line of standard input; on a terminal after a prompt, and without showing it. Blocks.
    ///
    /// - Throws: `Interruption.Interrupted` for Ctrl-C at the prompt; `ClientError`.
    static func read(prompt: String) throws -> String {
        guard isatty(STDIN_FILENO) != 0 else { return try token(in: try line(of: STDIN_FILENO)) }
        return try token(in: try hiddenLine(after: prompt))
    }

    /// The token of a line: without the white space around it, and the scheme that some copy along.
    ///
    /// - Returns: An empty text for an empty line.
    static func token(in line: [UInt8]) throws(ClientError) -> String {
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        let token = words.count == 2 && words[0].lowercased() == "bearer" ? words[1] : words.first ?? ""
        guard words.count <= 1 || token != words[0], token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ClientError(
                .invalidArgument, "The line is not a token: it has white space or characters that no token has.",
                advice: "Give the token alone, as `wharf token add` printed it.")
        }
        return String(token)
    }

    private static func line(of descriptor: Int32) throws(ClientError) -> [UInt8] {
        var bytes: [UInt8] = []
        while let byte = nextByte(of: descriptor), byte != UInt8(ascii: "\n") {
            bytes.append(byte)
            guard bytes.count <= bytesMax else {
                throw ClientError(
                    .invalidArgument, "The first line of standard input is longer than a token.",
                    advice: "Give the token alone.")
            }
        }
        return bytes
    }

    /// The terminal passes each key on at once and shows none. Ctrl-C is a key, too, so that no signal ends the process
    /// while nothing is shown.
    private static func hiddenLine(after prompt: String) throws -> [UInt8] {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return try line(of: STDIN_FILENO) }
        var hidden = before
        hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        StandardStream.error.write(prompt)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            StandardStream.error.write("\n")
        }
        var bytes: [UInt8] = []
        while let byte = nextByte(of: STDIN_FILENO), bytes.count < bytesMax {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"), 4: return bytes
            case 3: throw Interruption.Interrupted()
            case 8, 127: _ = bytes.popLast()
            default: bytes.append(byte)
            }
        }
        return bytes
    }

    private static func nextByte(of descriptor: Int32) -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            return count == 1 ? byte : nil
        }
    }
}
