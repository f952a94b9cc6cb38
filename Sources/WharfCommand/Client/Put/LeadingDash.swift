/// A file name that begins with a dash, which the parser would take for a group of options: `-leading-dash.txt` contains
/// `-h`. Pure.
enum LeadingDash {
    /// The short options of `put` that may stand in a group.
    private static let options = Set("hnqv")

    /// What is wrong with the arguments of `put`; nil if no argument looks like a file behind a dash.
    static func problem(in arguments: [String]) -> String? {
        guard arguments.first == "put" else { return nil }
        let file = arguments.prefix { $0 != "--" }.first { argument in
            argument.hasPrefix("-") && !argument.hasPrefix("--") && argument.count > 2
                && !argument.dropFirst().allSatisfy(options.contains)
        }
        guard let file else { return nil }
        let name = TerminalText.safe(file)
        return "“\(name)” is not an option. A file of that name comes after “--”: wharf put -- \(name)"
    }
}
