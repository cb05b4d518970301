internal import Datasets

/// The page of prompt banks.
struct PromptPage {
    let banks: [PromptBank]
    let reports: [PromptStage.ClassReport]
    let proposer: String
    let encoder: String

    /// Prompts that a class shows.
    private static let shown = 40

    func html(_ arguments: [String], _ remarks: [String]) throws -> String {
        let titles = [
            "class", "lambda", "accepted", "refused", "nearest neighbour", "of class-name prompts", "coverage", "theirs",
        ]
        let rows = reports.map { report in
            let (own, plain) = (report.diversity.bank, report.diversity.classNamePrompts)
            let numbers = [own.nearestNeighbour?.mean, plain.nearestNeighbour?.mean, own.coverage, plain.coverage]
            return [report.item.name, report.lambda.rounded(to: 3), "\(report.accepted)", "\(report.refused)"]
                + numbers.map { $0.map { $0.rounded(to: 3) } ?? "-" }
        }
        let explanation =
            "The mean cosine of each prompt with the one nearest to it: lower is more diverse. Coverage is the mean cosine of "
            + "held-out candidates with the prompt nearest to each: higher covers more of what can be said."
        var sections = [SectionPage.Section("Diversity", [.table(titles: titles, rows: rows), .text(explanation)])]
        sections += banks.map { bank in
            let rows = bank.entries.prefix(Self.shown).enumerated().map { number, entry in
                ["\(number)", entry.similarity.map { $0.rounded(to: 3) } ?? "-", entry.prompt]
            }
            return SectionPage.Section(bank.className, [.table(titles: ["number", "similarity", "prompt"], rows: rows)])
        }
        let facts = [ReportFact("proposer", proposer), ReportFact("text encoder", encoder)]
        return try SectionPage(
            title: "Prompt banks", subtitle: "Accepted where the similarity with every earlier prompt is below lambda",
            sections: sections, remarks: remarks,
            origin: ReportOrigin(facts: facts, arguments: arguments)
        ).html()
    }
}
