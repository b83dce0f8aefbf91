"""Tokenizers: the bundled T5's own, trained from nothing, and any BPE tokenizer with a shop's words added.

The bundled one is SentencePiece BPE over product names in five languages, with byte fallback: a letter outside the
vocabulary becomes its UTF-8 bytes, so that any typed name can be read.
"""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import chdir
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import sentencepiece
import torch
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE
from transformers import AutoTokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast, T5ForConditionalGeneration
from transformers.convert_slow_tokenizer import generate_merges

from ..shop.catalog import MAX_CANDIDATES, Catalog
from ..shop.language import LANGUAGES
from ..t5.prompt import build_prompt
from .dataset import draw_shelf, stock_shop

PAD, EOS, UNK = "<pad>", "</s>", "<unk>"  # T5's ids: 0, 1, 2
CORPUS_SIZE = 8000  # prompts
VOCABULARY_SIZE = 2048  # pieces, 256 bytes and 3 special tokens included
MAX_ADDED_PIECES = 3000  # of a shop's words; with 192 numbers each, half a million parameters


def _draw_corpus(shop: Catalog, seed: int) -> Iterator[str]:
    """Yield prompts with shelves of the shop and of other sports."""
    rng = Random(f"{seed} tokenizer")
    for _ in range(CORPUS_SIZE):
        language = rng.choice(LANGUAGES)
        if rng.random() < 0.4:
            shelf = stock_shop(rng, shop, MAX_CANDIDATES, 2, language)
        else:
            shelf = draw_shelf(rng, shop, 12, language)
        names = [item.name(language) for item in shelf]
        cut = rng.randint(1, 3)
        yield build_prompt(names[:cut], names[cut:], language)


def train_tokenizer(shop: Catalog, folder: Path, seed: int) -> PreTrainedTokenizerFast:
    """Train a tokenizer, save its pieces in ``folder`` (``spiece.model``), and return it as a fast tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    model, rules = io.BytesIO(), Path("normalization.tsv")
    # from inside the folder of the rules: SentencePiece stores their path in the model
    with TemporaryDirectory() as scratch, chdir(scratch):
        # "{" -> "{ ", so that the first name of a list is split into the same pieces as the others
        rules.write_text("7B\t7B 20\n")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=_draw_corpus(shop, seed),
            model_writer=model,
            model_type="bpe",
            vocab_size=VOCABULARY_SIZE,
            byte_fallback=True,
            character_coverage=1.0,
            normalization_rule_tsv=str(rules),
            pad_id=0,
            eos_id=1,
            unk_id=2,
            bos_id=-1,
            pad_piece=PAD,
            eos_piece=EOS,
            unk_piece=UNK,
            num_threads=1,  # the same pieces every time
            minloglevel=2,
        )
    part = folder / f"spiece.model.{os.getpid()}.part"  # several processes may train it at the same time
    part.write_bytes(model.getvalue())
    part.replace(folder / "spiece.model")
    return fast_tokenizer(folder / "spiece.model")


def fast_tokenizer(path: Path) -> PreTrainedTokenizerFast:
    """Convert a SentencePiece BPE file into a tokenizer that ``AutoTokenizer`` loads without further packages.

    transformers' own ``T5Tokenizer`` would drop the byte fallback.
    """
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
    vocab = {pieces.id_to_piece(i): i for i in range(pieces.vocab_size())}
    scores = {piece: pieces.get_score(i) for piece, i in vocab.items()}
    merges = generate_merges(vocab, scores)
    tokenizer = Tokenizer(BPE(vocab, merges, unk_token=UNK, fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace("{", "{ "), normalizers.Replace(Regex(" +"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {EOS}", special_tokens=[(EOS, 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PAD, eos_token=EOS, unk_token=UNK, model_max_length=4096
    )


def add_words(
    model: T5ForConditionalGeneration, tokenizer: PreTrainedTokenizerBase, names: Iterable[str]
) -> PreTrainedTokenizerBase:
    """Add the words of a shop's names to the vocabulary, the most frequent first, and return the new tokenizer.

    With whole words as pieces, prompts have a third of the tokens, and training and answers are faster. Each new piece
    starts with the mean embedding of the pieces that spelled it before, so that nothing learned is lost. A vocabulary
    that is not byte-pair encoding, such as that of the original T5, is returned unchanged.

    :param model: its embeddings are extended in place.
    """
    with TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        file = Path(folder) / "tokenizer.json"
        state = json.loads(file.read_text(encoding="utf-8"))
        if state["model"]["type"] != "BPE" or model.config.vocab_size != len(tokenizer):
            return tokenizer
        words = Counter(f"▁{word}" for name in names for word in name.replace(",", " ").split())
        characters = [c for c in dict.fromkeys("".join(words)) if c not in state["model"]["vocab"]]
        spelled = {c: tokenizer(c, add_special_tokens=False)["input_ids"] for c in characters}
        _append(state, characters)
        file.write_text(json.dumps(state), encoding="utf-8")
        base = AutoTokenizer.from_pretrained(folder)
        pieces = {word: base.tokenize(word.removeprefix("▁")) for word, _ in words.most_common()}
        merges = _list_merges(pieces.values(), MAX_ADDED_PIECES)
        known = set(state["model"]["vocab"])
        made = list(dict.fromkeys(left + right for left, right in merges if left + right not in known))
        state["model"]["merges"] += [[left, right] for left, right in merges]
        _append(state, made)
        file.write_text(json.dumps(state), encoding="utf-8")
        extended = AutoTokenizer.from_pretrained(folder)
    ids = base.get_vocab()
    parts = dict(spelled)
    for left, right in merges:
        parts.setdefault(left + right, [i for part in (left, right) for i in parts.get(part) or [ids[part]]])
    _embed(model, [parts[piece] for piece in (*characters, *made)])
    return extended


def _append(state: dict[str, dict[str, dict[str, int]]], pieces: Sequence[str]) -> None:
    vocabulary = state["model"]["vocab"]
    for piece in pieces:
        vocabulary[piece] = len(vocabulary)


def _list_merges(words: Iterable[Sequence[str]], limit: int) -> list[tuple[str, str]]:
    """Return at most ``limit`` merges of neighbouring pieces that join each word, as far as they suffice, into one."""
    ranks: dict[tuple[str, str], int] = {}
    for word in words:
        pieces = _merge(word, ranks)
        if len(ranks) + len(pieces) - 1 > limit:
            continue
        while len(pieces) > 1:
            ranks.setdefault((pieces[0], pieces[1]), len(ranks))
            pieces = _merge(pieces, ranks)
    return list(ranks)


def _merge(word: Sequence[str], ranks: dict[tuple[str, str], int]) -> list[str]:
    """Apply the merges to a word as byte-pair encoding does: the earliest one first."""
    pieces = list(word)
    while len(pieces) > 1:
        at = min(range(len(pieces) - 1), key=lambda n: ranks.get((pieces[n], pieces[n + 1]), len(ranks)))
        if (pieces[at], pieces[at + 1]) not in ranks:
            break
        pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
    return pieces


def _embed(model: T5ForConditionalGeneration, parts: Sequence[Sequence[int]]) -> None:
    """Extend the embeddings: each new piece, in the order of their ids, gets the mean of its parts' embeddings."""
    first = model.config.vocab_size
    model.resize_token_embeddings(first + len(parts), mean_resizing=False)
    layers = {id(layer): layer for layer in (model.get_input_embeddings(), model.get_output_embeddings())}
    with torch.no_grad():
        for layer in layers.values():
            for n, own in enumerate(parts, start=first):  # a part may be a piece that is new itself
                layer.weight[n] = layer.weight[own].mean(0)
