import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { Choice } from './beginning';

/** Asks what is to become of a copy that differs from the room's; whoever looks away stays apart. */
export async function askAboutDifference(path: string, trans: TranslationBundle): Promise<Choice> {
  const choices: readonly Choice[] = ['apart', 'theirs', 'merge'];
  const dialog = new Dialog({
    title: trans.__('Your copy of %1 differs from the room’s', path),
    body: explanation(trans),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Stay Apart') }),
      Dialog.okButton({ label: trans.__('Use the Room’s') }),
      Dialog.okButton({ label: trans.__('Merge Both') })
    ],
    defaultButton: 2,
    hasClose: false
  });
  const { button } = await dialog.launch();
  const labels = [trans.__('Stay Apart'), trans.__('Use the Room’s'), trans.__('Merge Both')];
  return choices[labels.indexOf(button.label)] ?? 'apart';
}

function explanation(trans: TranslationBundle): Widget {
  const body = new Widget();
  body.addClass('tandem-Difference');
  const sentences = [
    trans.__(
      'Others work on a document with this name, and it is not the same as the file in your browser.'
    ),
    trans.__(
      'If you merge both, your changes go into the document of the room, for everybody in it.'
    ),
    trans.__('In both cases your version and the room’s are kept as files beside it.')
  ];
  for (const sentence of sentences) {
    const line = document.createElement('p');
    line.textContent = sentence;
    body.node.append(line);
  }
  return body;
}
