import Foundation
import Testing

/// Reproductions of Syn4Seg and DifFSS whose cells ranks share.
@Suite("Several ranks: reproductions", .enabled(if: Mpirun.isThere, Mpirun.remark), .serialized)
struct RankReproductionTests {
    private static func expectSame(_ fixture: Fixture, _ words: [String], _ files: [String]) throws {
        let command = ["reproduce"] + words
        for ranks in 1...2 { try Mpirun.succeed(ranks, command + ["--out", "\(words[0])\(ranks)"], in: fixture) }
        for file in files {
            #expect(
                try Mpirun.bytes(fixture, "\(words[0])2/\(file)") == Mpirun.bytes(fixture, "\(words[0])1/\(file)"), "\(file)")
        }
    }

    @Test("The rows and sweeps of Syn4Seg are those of one process")
    func syn4Seg() throws {
        let fixture = try Fixture()
        try PascalDataTests.write(fixture.folder.url)
        try Mpirun.succeed(
            1, ["data", "build", "pascal5i", "--voc", "VOC2012", "--sbd", "SegmentationClassAug", "--out", "pascal"], in: fixture)
        let small = Mpirun.settings([
            "base.head.width=16", "base.head.auxiliaryWeight=0", "base.training.augmentation.side=32", "base.training.steps=2",
            "base.training.batchSize=2", "novel.training.steps=2", "novel.training.batchSize=2",
            "novel.training.augmentation.side=32", "sweeps.beta=[0.3,0.9]", "sweeps.lambda=[0.5]", "sweeps.band=[3]",
        ])
        let plan = [
            "syn4seg", "--dataset", "pascal5i=pascal", "--convention", "capl", "--min-support-pixels", "500", "--seeds", "0", "1",
            "--photos", "--backbone", "net.safetensors",
        ]
        try Self.expectSame(fixture, plan + small, ["results.json", "results.csv"])
    }

    @Test("The gains and the drift of DifFSS are those of one process")
    func difFSS() throws {
        let fixture = try Fixture()
        // The number that is compared comes before the numbers that it is one of.
        let small = Mpirun.settings([
            "paperCount=2", "counts=[1,2]", "controls=[\"segmentation\"]", "episodes=2", "realShots=1", "imageSize=64",
            "fittingEpisodes=2", "drift.count=1", "drift.candidates=2", "drift.supports=2", "auxiliary.side=64",
        ])
        let plan = [
            "diffss", "--images-per-class", "2", "--backbone", "net.safetensors", "--model", "contrast", "--seeds", "0", "1",
        ]
        try Self.expectSame(fixture, plan + small, ["results.json", "results.csv", "pictures/supports1.png"])
    }
}
