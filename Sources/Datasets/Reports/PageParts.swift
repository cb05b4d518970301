/// A line of what a report says about its making.
public struct ReportFact: Sendable, Hashable {
    /// What it is about.
    public var label: String
    /// What it is.
    public var value: String

    /// A line.
    public init(_ label: String, _ value: String) {
        self.label = label
        self.value = value
    }
}

/// Where a report's numbers come from: what reports of every kind have at their end.
public struct ReportOrigin: Sendable {
    /// The most important of it, in words.
    public var facts: [ReportFact]
    /// The words of the command that makes it again, the program's name first; empty for a run of a program.
    public var command: [String]
    /// The run's manifest, as its file has it.
    public var manifest: String

    /// What a run that a command began has to say.
    ///
    /// - Parameter arguments: the words behind the program's name; none for a run of a program.
    package init(facts: [ReportFact], arguments: [String], manifest: String = "") {
        self.init(facts: facts, command: arguments.isEmpty ? [] : ["fss"] + arguments, manifest: manifest)
    }

    /// Describes an origin.
    public init(facts: [ReportFact], command: [String] = [], manifest: String = "") {
        self.facts = facts
        self.command = command
        self.manifest = manifest
    }
}

/// Where whoever finds other numbers than a paper's is sent.
enum NumbersDiffer {
    /// Half a sentence.
    static let advice = "Docs/NumbersDiffer.md tells for each field how large its effect is"

    /// Stands under scores.
    static let part = PageParts.section(
        "Other numbers than a paper's?",
        [
            .tag(
                "p", [:],
                HTML("Compare protocol, list, episodes, IoU space, weights and supports below with the paper's text first. "),
                .tag("code", text: "fss compare RUN RUN"),
                HTML(" names what differs between two runs, and "), .tag("code", text: "Docs/NumbersDiffer.md"),
                HTML(" tells for each cause how to see it and how large its effect is."))
        ])
}

/// Parts that several pages have.
enum PageParts {
    /// A part of a page with its heading.
    static func section(_ title: String, _ content: [HTML]) -> HTML { .tag("section", [:], [.tag("h2", text: title)] + content) }

    /// The top of a page.
    static func head(_ title: String, _ subtitle: String) -> HTML {
        .tag("header", [:], .tag("h1", [:], .name(title)), .tag("p", ["class": "soft"], .name(subtitle)))
    }

    /// What whoever reads the numbers should know; nothing where there is nothing.
    static func remarks(_ texts: [String]) -> [HTML] {
        if texts.isEmpty { return [] }
        return [section("Remarks", [.tag("ul", ["class": "remarks"], texts.map { .tag("li", [:], .name($0)) })])]
    }

    /// How a run was made, and how to make it again.
    static func origin(_ origin: ReportOrigin) -> [HTML] {
        let facts = origin.facts.map { fact in
            [HTML.tag("dt", text: fact.label), .tag("dd", [:], .name(fact.value))].joined
        }
        var made = [HTML.tag("dl", [:], facts)]
        if !origin.manifest.isEmpty {
            let file = HTML.tag("pre", ["dir": "ltr"], text: origin.manifest)
            made.append(.tag("details", [:], .tag("summary", text: "The whole manifest"), file))
        }
        let sections = [section("How it was made", made)]
        if origin.command.isEmpty { return sections }
        let line = origin.command.map(ShellWord.quoted).joined(separator: " ")
        return [section("Make it again", [.tag("pre", ["dir": "ltr"], text: line)])] + sections
    }

    /// A table of texts, which a phone shows row by row with the titles beside.
    static func table(_ titles: [String], _ rows: [[String]]) -> HTML {
        let head = HTML.tag("tr", [:], titles.map { .tag("th", ["scope": "col"], text: $0) })
        let body = rows.map { row in
            HTML.tag("tr", [:], zip(titles, row).map { .tag("td", ["data-label": $0], .tag("span", [:], .name($1))) })
        }
        return .tag("table", [:], .tag("thead", [:], head), .tag("tbody", [:], body))
    }

    /// A share as percent with one decimal, "-" where there is none.
    static func percent(_ share: Double?) -> String { share.percent }

    /// "51.9 to 56.8".
    static func range(_ interval: ConfidenceInterval) -> String { "\(percent(interval.lower)) to \(percent(interval.upper))" }
}

/// Words of a command line, as a shell reads them.
enum ShellWord {
    /// The word itself, or in quotes where a shell would read something else.
    static func quoted(_ word: String) -> String {
        let isPlain = word.allSatisfy { ($0.isASCII && ($0.isLetter || $0.isNumber)) || "-_./=:,+@%^".contains($0) }
        if isPlain && !word.isEmpty { return word }
        return "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
