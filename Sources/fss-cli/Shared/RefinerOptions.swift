internal import ArgumentParser
internal import PseudoLabel

/// What draws outlines anew.
struct RefinerOptions: ParsableArguments {
    /// The refiners by name.
    enum Name: String, ExpressibleByArgument, CaseIterable {
        case guidedFilter = "guided-filter"
        case sam
        case diffup
    }

    @Option(help: "What draws outlines anew; sam with --sam, else guided-filter, which needs no weights.")
    var refiner: Name?

    @Option(help: ArgumentHelp("Weights of Segment Anything (B, L, H or MobileSAM).", valueName: "file"))
    var sam: String?

    @Option(help: "Reach of the guided filter's windows in pixels; 8 by default.")
    var radius: Int?

    @Option(help: "How much a window's colours must differ for the guided filter, as squares of 0...1; 1e-4 by default.")
    var epsilon: Float?

    @OptionGroup var diffUp: ModelFileOptions

    /// The refiner's name, explicit or by the options.
    var name: Name { refiner ?? (sam == nil ? .guidedFilter : .sam) }

    func validate() throws {
        if (name == .sam) != (sam != nil) {
            throw ValidationError(sam == nil ? "--refiner sam needs --sam <file>." : "--sam belongs to --refiner sam.")
        }
        if name != .guidedFilter && (radius != nil || epsilon != nil) {
            throw ValidationError("--radius and --epsilon belong to --refiner guided-filter.")
        }
    }

    /// The choice.
    var choice: RefinerChoice {
        get throws {
            switch name {
            case .guidedFilter: .guidedFilter(radius: radius ?? 8, epsilon: epsilon ?? 1e-4)
            case .sam: .segmentAnything(weights: sam ?? "")
            case .diffup: .diffUp(try diffUp.choice)
            }
        }
    }
}
