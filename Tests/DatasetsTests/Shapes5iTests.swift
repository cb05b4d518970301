import Datasets
import Testing

@Suite("Shapes-5i: classes, folds and lists")
struct Shapes5iTests {
    @Test("Twenty distinct classes are named by texture and shape")
    func names() {
        #expect(Shapes5i.classNames.count == 20)
        #expect(Set(Shapes5i.classNames).count == 20)
        #expect(Set(Shapes5i.compositions).count == 20)
        #expect(Shapes5i.className(1) == "striped ring")
        #expect(Shapes5i.className(20) == "netted flower")
    }

    @Test("Folds hold out 5i+1...5i+5, are disjoint and cover all classes")
    func folds() {
        var seen: [Int] = []
        for fold in 0..<4 {
            let novel = Shapes5i.novelClasses(ofFold: fold)
            #expect(novel == (5 * fold + 1)...(5 * fold + 5))
            #expect(Set(novel).isDisjoint(with: Shapes5i.baseClasses(ofFold: fold)))
            #expect(Shapes5i.baseClasses(ofFold: fold).count == 15)
            seen += novel
        }
        #expect(seen == Array(1...20))
    }

    @Test("Every fold mixes shapes and textures, and the base classes know each of them", arguments: 0..<4)
    func composition(fold: Int) {
        let novel = Shapes5i.novelClasses(ofFold: fold).map { Shapes5i.compositions[$0 - 1] }
        let base = Shapes5i.baseClasses(ofFold: fold).map { Shapes5i.compositions[$0 - 1] }
        #expect(Set(novel.map(\.shape)).count == 5)
        #expect(Set(novel.map(\.texture)).count == 5)
        #expect(Set(novel.map(\.shape)).isSubset(of: base.map(\.shape)))
        #expect(Set(novel.map(\.texture)).isSubset(of: base.map(\.texture)))
    }

    @Test("Lists hold every class of the split, without a name twice", arguments: 0..<4)
    func lists(fold: Int) {
        let shapes = Shapes5i(imagesPerClass: 7)
        let train = shapes.ids(split: .train, fold: fold)
        let validation = shapes.ids(split: .validation, fold: fold)
        #expect(train.count == 15 * 7)
        #expect(validation.count == 5 * 7)
        #expect(Set(train.map(\.description)).count == train.count)
        #expect(Set(train.map(\.classID)) == Set(Shapes5i.baseClasses(ofFold: fold)))
        #expect(Set(validation.map(\.classID)) == Set(Shapes5i.novelClasses(ofFold: fold)))
        #expect(Set(train).isDisjoint(with: validation))
    }

    @Test("A name reads back as the image that it names")
    func identifiers() {
        let id = Shapes5i.ID(fold: 0, split: .train, class: 6, index: 12)
        #expect(id.description == "shapes_f0_trn_c06_0012")
        #expect(Shapes5i.ID("shapes_f0_trn_c06_0012") == id)
        let late = Shapes5i.ID(fold: 3, split: .validation, class: 20, index: 123_456)
        #expect(Shapes5i.ID(late.description) == late)
    }

    @Test(
        "A name of no image is refused",
        arguments: [
            "", "shapes", "shapes_f0_trn_c06", "shapes_f4_trn_c06_0012", "shapes_f0_trn_c01_0000",
            "shapes_f0_val_c06_0000", "shapes_f0_test_c06_0000", "shapes_f0_trn_c6_0012", "shapes_f0_trn_c21_0012",
            "shapes_f0_trn_c06_12", "shapes_f0_trn_c06_-001", "shapes_f0_trn_c06_0012_", "2007_000032",
            "shapes_f0_trn_c06_99999999999999999999", "shapes_ff0_trn_c06_0012", "shapes_f0_trn_c00_0001",
        ])
    func badIdentifiers(text: String) {
        #expect(Shapes5i.ID(text) == nil)
    }
}
