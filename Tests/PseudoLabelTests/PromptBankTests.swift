import PseudoLabel
import Testing

@Suite("Prompt bank")
struct PromptBankTests {
    @Test("A candidate is accepted where its largest cosine with an accepted one is below λ")
    func greedy() {
        var bank = PromptBank(className: "cup", threshold: 0.8)
        let offers: [[Float]] = [[1, 0], [0.6, 0.8], [0.8, 0.6], [0, 1]]
        let accepted = offers.map { bank.offer("\($0)", embedding: $0).accepted }
        #expect(accepted == [true, true, false, false])
        #expect(
            bank.entries.map(\.similarity?.description) == [nil, bank.similarity([0.6, 0.8]).map { _ in "0.6000000238418579" }])
    }

    @Test("A cosine of exactly λ is refused")
    func boundary() {
        var bank = PromptBank(className: "cup", threshold: 0.5)
        bank.offer("a", embedding: [1, 0])
        #expect(!bank.offer("b", embedding: [0.5, 0.75]).accepted)
    }
}
