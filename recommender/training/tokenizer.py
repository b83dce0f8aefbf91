"""The bundled T5's own tokenizer: SentencePiece BPE over product names in five languages.

Byte fallback: a letter outside the vocabulary becomes its UTF-8 bytes, so that any typed name can be read.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE
from transformers import PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import generate_merges

from ..shop.catalog import LANGUAGES, MAX_CANDIDATES, Catalog
from ..t5.prompt import build_prompt
from .shelves import random_shelf, stocked_shop

PAD, EOS, UNK = "<pad>", "</s>", "<unk>"  # T5's ids: 0, 1, 2


def corpus(shop: Catalog, seed: int, size: int = 8000) -> Iterator[str]:
    """Yield prompts over shelves of the synthetic world, the shop's among them."""
    rng = Random(f"{seed} tokenizer")
    for _ in range(size):
        language = rng.choice(LANGUAGES)
        shop_shelf = rng.random() < 0.4
        shelf = stocked_shop(rng, shop, MAX_CANDIDATES, 2, language) if shop_shelf else random_shelf(rng, 12, language)
        names = [item.name(language) for item in shelf]
        cut = rng.randint(1, 3)
        yield build_prompt(names[:cut], names[cut:], language)


def train_tokenizer(shop: Catalog, folder: Path, seed: int, vocabulary: int = 2048) -> PreTrainedTokenizerFast:
    """Train the pieces, save them in ``folder`` (``spiece.model``) and return them as a fast tokenizer.

    :param vocabulary: number of pieces, 256 bytes and 3 special tokens included.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model, rules = io.BytesIO(), Path("normalization.tsv")
    # from inside its folder: SentencePiece keeps the path to the rules in the model
    with TemporaryDirectory() as scratch, chdir(scratch):
        # "{" -> "{ ", so that the first name of a list gets the pieces that all others get
        rules.write_text("7B\t7B 20\n")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=corpus(shop, seed),
            model_writer=model,
            model_type="bpe",
            vocab_size=vocabulary,
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
    (folder / "spiece.model").write_bytes(model.getvalue())
    return fast_tokenizer(folder / "spiece.model")


def fast_tokenizer(path: Path) -> PreTrainedTokenizerFast:
    """Return a SentencePiece BPE file as a tokenizer that ``AutoTokenizer`` loads without further packages.

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
