package import UploadCore

extension Comparison {
    /// What a row compares of two legs.
    package enum Figure {
        /// The CPU time for each unit.
        case cpu
        /// The units in a second.
        case rate
        /// The throughput, where a unit is 1 GiB.
        case throughput

        fileprivate func value(_ cost: Cost) -> Double {
            switch self {
            case .cpu: cost.cpuEach
            case .rate, .throughput: cost.perSecond
            }
        }

        fileprivate func text(_ value: Double) -> String {
            switch self {
            case .cpu: time(value)
            case .rate: decimals(value, 0) + "/s"
            case .throughput: short(value * 1024) + " MiB/s"
            }
        }
    }

    /// The median of a leg.
    package func text(_ figure: Figure, _ leg: String) -> String { figure.text(median(leg, figure.value)) }

    /// A figure of a leg beside that of another one.
    ///
    /// - Parameter name: What the report calls the other leg; nil for its name.
    package func row(
        _ what: String, _ durability: Durability?, _ figure: Figure, of leg: String, to peer: String,
        called name: String? = nil, goal: Row.Goal? = nil
    ) -> Row {
        Row(
            what, durability, peer: "\(text(figure, peer)) \(name ?? peer)", text(figure, leg),
            ratio: ratio(of: leg, to: peer, figure.value), goal: goal)
    }
}
