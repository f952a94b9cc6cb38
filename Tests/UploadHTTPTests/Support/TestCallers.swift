import UploadCore
import UploadHTTP

/// Whom the test servers know: a token of each caller is its name and “-token”.
enum TestCallers {
    static let names = ["anna", "ben", "carla"]
    static let operators = ["olga"]

    static func authenticator() throws -> TokenAuthenticator {
        let lines = names.map { line($0) } + operators.map { line($0) + " operator" }
        return TokenAuthenticator(try TokenTable(parsing: lines.joined(separator: "\n")))
    }

    static func authorization(of caller: String) -> (name: String, value: String) {
        ("Authorization", "Bearer \(caller)-token")
    }

    private static func line(_ name: String) -> String {
        "\(name) sha256:\(Digest(of: Array("\(name)-token".utf8)).hex)"
    }
}
