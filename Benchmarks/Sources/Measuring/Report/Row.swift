package import UploadCore

/// One figure next to that of its peer.
package struct Row {
    let what: String
    let durability: Durability?
    /// The baseline: the figure of the machine without the engine, or of another peer.
    let peer: String
    let figure: String
    let ratio: Spread?
    let goal: Goal?

    package enum Goal {
        case atLeast(Double)
        case atMost(Double)
        /// A goal that does not bound the ratio.
        case fact(String, isMet: Bool)
    }

    package init(
        _ what: String, _ durability: Durability?, peer: String = "", _ figure: String, ratio: Spread? = nil,
        goal: Goal? = nil
    ) {
        self.what = what
        self.durability = durability
        self.peer = peer
        self.figure = figure
        self.ratio = ratio
        self.goal = goal
    }

    static func header(_ column: String) -> String {
        """
        | what | durability | peer | \(column) | ratio (lowest–highest) | goal | |
        |---|---|---|---|---|---|---|
        """
    }

    var markdown: String {
        let cells = [what, durability?.name ?? "", peer, figure, ratioText, goalText, verdict]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private var ratioText: String {
        guard let ratio else { return "" }
        return "\(short(ratio.median)) (\(short(ratio.low))–\(short(ratio.high)))"
    }

    private var goalText: String {
        switch goal {
        case .atLeast(let bound): "≥ \(short(bound))"
        case .atMost(let bound): "≤ \(short(bound))"
        case .fact(let text, _): text
        case nil: ""
        }
    }

    private var verdict: String {
        guard let goal else { return "" }
        let isMet =
            switch goal {
            case .atLeast(let bound): (ratio?.median ?? 0) >= bound
            case .atMost(let bound): (ratio?.median ?? .infinity) <= bound
            case .fact(_, let isMet): isMet
            }
        return isMet ? "met" : "**MISSED**"
    }
}
