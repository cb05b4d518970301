internal import ArgumentParser
internal import Datasets
internal import Foundation

/// What every reproduction takes.
struct ReproductionOptions: ParsableArguments {
    @OptionGroup var settings: SettingsOptions

    @OptionGroup var output: ResumableOutputOptions

    @OptionGroup var common: CommonOptions

    func validate() throws { try output.refuse([]) }

    /// Runs a plan, or goes on with one, and shows what `show` makes of its report.
    func run<Plan: Reproduction>(_ plan: Plan, show: (Plan.Report) -> Void) async throws {
        let compute = Session.ranks.settled(common.compute)
        try compute.apply()
        try plan.validate()
        try common.console.introduce(Session.ranks)
        let folder = try output.folder(Plan.command)
        let bar = ProgressBar(on: common.console)
        let report = try await output.resumably("\(Plan.command) <the same options>", in: folder) {
            try await plan.run(
                in: folder, isResumed: output.resume != nil, compute: compute, arguments: FSS.arguments,
                ranks: Session.ranks, observe: bar.show)
        }
        bar.finish()
        show(report)
        common.console.line("Page: \(folder.url.path)/report.html")
        try common.console.emit(report)
    }
}

extension DatasetOptions {
    /// Checks the options of a reproduction that may be a quick one.
    func checkUse(quick: Bool) throws {
        try checkUse()
        if quick, let dataset, dataset != DatasetRegistry.shapes5i {
            throw ValidationError("--quick is for shapes5i; leave it out for \(dataset).")
        }
    }
}
